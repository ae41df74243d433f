// The pages of who runs the installation.
import {useMe} from '@/api/session';
import {NotFound} from './fallback';
import {Frame} from './frame';

export function OperatorArea() {
	return useMe().global_role === 'admin' ? <Frame /> : <NotFound />;
}
