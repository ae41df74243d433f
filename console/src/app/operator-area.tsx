// The pages of who runs the installation, and what happens in it as it happens.
import {useQueryClient} from '@tanstack/react-query';
import {useNavigate} from '@tanstack/react-router';
import {LiveProvider} from '@/api/live';
import {INSTALLATION} from '@/api/query';
import {useMe} from '@/api/session';
import {NotFound} from './fallback';
import {Frame} from './frame';

export function OperatorArea() {
	const me = useMe();
	const client = useQueryClient();
	const navigate = useNavigate();

	function refused(status: number) {
		client.clear();
		void navigate({to: status === 401 ? '/sign-in' : '/'} as never);
	}

	if (me.global_role !== 'admin')
		return <NotFound />;
	return <LiveProvider path="/api/v1/events" scope={INSTALLATION} onRefused={refused}><Frame /></LiveProvider>;
}
