import {MantineProvider} from '@mantine/core';
import {cleanup, render, screen, within} from '@testing-library/react';
import {afterEach, expect, test} from 'vitest';
import {Bars, stepOf} from './bars';

afterEach(cleanup);

test('the lines of the chart are at round numbers that reach its highest bar', () => {
	expect([0, 1, 4, 5, 8, 9, 21, 40, 41, 399, 1000].map((most) => stepOf(most))).toEqual([1, 1, 1, 2, 2, 5, 10, 10, 20, 100, 500]);
});

test('a chart says what it shows, and has the numbers as a table', () => {
	render(<MantineProvider><Bars label="Calls by hour" of="Hour" number={String} series={[{name: 'Answered', color: 'blue'}, {name: 'Missed', color: 'red'}]}
		bars={[{label: '08', values: [3, 1]}, {label: '09', values: [0, 0]}]} /></MantineProvider>);
	expect(screen.getByRole('img', {name: 'Calls by hour'})).toBeTruthy();
	const rows = within(screen.getByRole('table', {name: 'Calls by hour'})).getAllByRole('row');

	expect(rows.map((row) => row.textContent)).toEqual(['HourAnsweredMissed', '0831', '0900']);
});
