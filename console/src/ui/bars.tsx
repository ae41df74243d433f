// A bar chart: stacked bars over a row of labels, drawn here, with a table for who cannot see it.
import {Box, Group, Text, VisuallyHidden} from '@mantine/core';
import {useElementSize} from '@mantine/hooks';

export type Series = {name: string; color: string};
export type Bar = {label: string; values: readonly number[]}; // one value a series

const HIGH_PX = 180;
const LABEL_PX = 20;
const TOP_PX = 8;
const LEAST_LABEL_PX = 26;
const LETTER_PX = 7;
const GAP_RATIO = 0.3;
const LINES = 4;

// The least of 1, 2, 5, 10, 20, ... steps whose lines reach `most`.
export function stepOf(most: number, lines = LINES): number {
	const wanted = Math.max(1, most / lines);
	const power = 10 ** Math.floor(Math.log10(wanted));

	return [1, 2, 5, 10].map((x) => x * power).find((x) => x >= wanted) ?? wanted;
}

type Props = {label: string; of: string; bars: readonly Bar[]; series: readonly Series[]; number: (x: number) => string};

function Columns({bars, series, width, top, left, number}: {bars: readonly Bar[]; series: readonly Series[]; width: number; top: number; left: number; number: (x: number) => string}) {
	const wide = Math.max(0, width - left) / Math.max(1, bars.length);
	const needs = Math.max(LEAST_LABEL_PX, ...bars.map(({label}) => 8 + label.length * LETTER_PX));
	const every = Math.max(1, Math.ceil(needs / Math.max(1, wide)));
	const high = HIGH_PX - LABEL_PX - TOP_PX;

	return bars.map(({label, values}, i) => {
		const x = left + i * wide + wide * GAP_RATIO / 2;
		let below = 0;

		return (
			<g key={`${String(i)} ${label}`}>
				<title>{`${label}: ${values.map((value, k) => `${series[k]?.name} ${number(value)}`).join(', ')}`}</title>
				<rect x={left + i * wide} y={TOP_PX} width={wide} height={high} fill="transparent" />
				{values.map((value, k) => {
					const tall = value / top * high;

					below += tall;
					return tall > 0 && <rect key={series[k]?.name} x={x} y={HIGH_PX - LABEL_PX - below} width={wide * (1 - GAP_RATIO)} height={tall} fill={series[k]?.color} />;
				})}
				{i % every === 0 && <text x={left + (i + 0.5) * wide} y={HIGH_PX - 5} textAnchor="middle" fontSize={12} fill="var(--mantine-color-dimmed)">{label}</text>}
			</g>
		);
	});
}

export function Bars({label, of, bars, series, number}: Props) {
	const {ref, width} = useElementSize();
	const most = Math.max(0, ...bars.map(({values}) => values.reduce((a, b) => a + b, 0)));
	const step = stepOf(most);
	const top = Math.max(step, Math.ceil(most / step) * step);
	const lines = Array.from({length: Math.round(top / step) + 1}, (_, i) => i * step);
	const left = 12 + 8 * Math.max(...lines.map((line) => number(line).length));
	const yOf = (value: number) => HIGH_PX - LABEL_PX - value / top * (HIGH_PX - LABEL_PX - TOP_PX);

	return (
		<Box>
			<Group gap="md" mb={4} aria-hidden>
				{series.map(({name, color}) => (
					<Group key={name} gap={6} wrap="nowrap"><Box w={12} h={12} style={{background: color, borderRadius: 3}} /><Text size="sm">{name}</Text></Group>
				))}
			</Group>
			<Box ref={ref} h={HIGH_PX}>
				<svg width={width || '100%'} height={HIGH_PX} role="img" aria-label={label} style={{display: 'block'}}>
					{lines.map((line) => (
						<g key={line}>
							<line x1={left} x2={width} y1={yOf(line)} y2={yOf(line)} stroke="var(--mantine-color-default-border)" />
							<text x={left - 6} y={yOf(line) + 4} textAnchor="end" fontSize={12} fill="var(--mantine-color-dimmed)">{number(line)}</text>
						</g>
					))}
					<Columns bars={bars} series={series} width={width} top={top} left={left} number={number} />
				</svg>
			</Box>
			<VisuallyHidden>
				<table>
					<caption>{label}</caption>
					<thead><tr><th scope="col">{of}</th>{series.map(({name}) => <th key={name} scope="col">{name}</th>)}</tr></thead>
					<tbody>
						{bars.map((bar, i) => <tr key={`${String(i)} ${bar.label}`}><th scope="row">{bar.label}</th>{bar.values.map((value, k) => <td key={series[k]?.name}>{number(value)}</td>)}</tr>)}
					</tbody>
				</table>
			</VisuallyHidden>
		</Box>
	);
}
