// One's own pages. Around them stands where one was last, with its navigation, as live as there.
import {Center, Loader} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {LiveProvider} from '@/api/live';
import {INSTALLATION} from '@/api/query';
import {useMe} from '@/api/session';
import {Frame} from './frame';
import {lastPlace} from './last-place';
import {PersonFormat} from './person-format';
import {leave} from './signed-out';
import {InTenant, roleIn, tenantQuery} from './tenant-area';

export function OwnArea() {
	const me = useMe();
	const [gone, setGone] = useState<string>();
	const place = lastPlace(me).tenant;
	const wanted = place === gone || place === INSTALLATION ? null : place;
	const query = useQuery({...tenantQuery(wanted ?? ''), enabled: wanted !== null});
	const page = <PersonFormat><Frame /></PersonFormat>;

	// Where one may not be any more is no reason to leave what is one's own.
	function refused(status: number) {
		if (status === 401)
			leave(status);
		else
			setGone(place ?? undefined);
	}

	if (wanted !== null && query.isPending)
		return <Center mih="100dvh"><Loader aria-label="Centrex" /></Center>;
	if (wanted !== null && query.data)
		return <InTenant tenant={{...query.data, role: roleIn(me, wanted)}} onRefused={refused}>{page}</InTenant>;
	if (place === INSTALLATION && place !== gone)
		return <LiveProvider path="/api/v1/events" scope={INSTALLATION} onRefused={refused}>{page}</LiveProvider>;
	return page;
}
