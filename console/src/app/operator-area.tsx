// The pages of who runs the installation, and what happens in it as it happens.
import {useEffect} from 'react';
import {LiveProvider} from '@/api/live';
import {INSTALLATION} from '@/api/query';
import {useMe} from '@/api/session';
import {NotFound} from './fallback';
import {Frame} from './frame';
import {rememberPlace} from './last-place';
import {PersonFormat} from './person-format';
import {leave} from './signed-out';

export function OperatorArea() {
	const me = useMe();

	useEffect(() => {
		if (me.global_role === 'admin')
			rememberPlace(me, {tenant: INSTALLATION});
	}, [me]);
	if (me.global_role !== 'admin')
		return <NotFound />;
	return <LiveProvider path="/api/v1/events" scope={INSTALLATION} onRefused={leave}><PersonFormat><Frame /></PersonFormat></LiveProvider>;
}
