import {createTheme, type CSSVariablesResolver} from '@mantine/core';

export const theme = createTheme({
	primaryColor: 'blue',
	primaryShade: {light: 8, dark: 8}, // 4.5:1 with white letters
	defaultRadius: 'md',
	fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
	cursorType: 'pointer',
	autoContrast: true,
	respectReducedMotion: true,
	components: {
		TextInput: {defaultProps: {inputWrapperOrder: ['label', 'input', 'description', 'error']}},
		Tooltip: {defaultProps: {withArrow: true, events: {hover: true, focus: true, touch: true}}},
	},
});

// Mantine's grey, red and light coloured letters are too pale for WCAG 2.1 AA on its own backgrounds.
export const variables: CSSVariablesResolver = () => ({
	variables: {},
	light: {'--mantine-color-blue-light-color': 'var(--mantine-color-blue-9)', '--mantine-color-dimmed': '#5c636a', '--mantine-color-error': '#c92a2a', '--mantine-color-placeholder': '#6b7280',
		'--mantine-color-red-light-color': '#b02525', '--mantine-color-green-light-color': '#226e31', '--mantine-color-orange-light-color': '#a63a08'},
	dark: {'--mantine-color-dimmed': '#adb5bd', '--mantine-color-error': '#ff8787', '--mantine-color-placeholder': '#9aa1a9', '--mantine-color-anchor': '#74c0fc'},
});
