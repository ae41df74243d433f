// Who a number belongs to, where that is known, and the number.
import {Text} from '@mantine/core';

export function Party({name, number}: {name: string; number: string}) {
	return (
		<>
			{name && name !== number && <Text span size="sm" style={{overflowWrap: 'break-word'}}>{name} </Text>}
			<Text span size="sm" c={name && name !== number ? 'dimmed' : undefined} style={{overflowWrap: 'break-word'}}>{number || '–'}</Text>
		</>
	);
}
