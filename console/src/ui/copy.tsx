// A value with a button that copies it.
import {ActionIcon, Code, CopyButton, Group, Tooltip} from '@mantine/core';
import {IconCheck, IconCopy} from '@tabler/icons-react';
import {texts, useText} from '@/i18n/language';

const text = texts({
	en: {copy: (what: string) => `Copy ${what}`, copied: 'Copied'},
	de: {copy: (what: string) => `${what} kopieren`, copied: 'Kopiert'},
});

export function Copyable({value, what}: {value: string; what: string}) {
	const t = useText(text);

	return (
		<Group gap="xs" wrap="nowrap">
			<Code style={{overflowWrap: 'anywhere'}}>{value}</Code>
			<CopyButton value={value}>
				{({copied, copy}) => (
					<Tooltip label={copied ? t.copied : t.copy(what)}>
						<ActionIcon variant="subtle" color={copied ? 'green.8' : 'gray.7'} onClick={copy} aria-label={copied ? t.copied : t.copy(what)}>
							{copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
						</ActionIcon>
					</Tooltip>
				)}
			</CopyButton>
		</Group>
	);
}
