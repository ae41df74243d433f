// An extension and who has it: the number that people dial, and what the directory calls them.
import {Text} from '@mantine/core';

export type Whose = {extension: string; name?: string | null};

export function whoIs({extension, name}: Whose): string {
	return [extension, name].filter(Boolean).join(' ');
}

export function Who({extension, name}: Whose) {
	return <><Text span inherit fw={600}>{extension}</Text>{name && <> <Text span inherit style={{overflowWrap: 'anywhere'}}>{name}</Text></>}</>;
}
