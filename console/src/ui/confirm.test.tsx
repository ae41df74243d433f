import {MantineProvider} from '@mantine/core';
import {cleanup, render, screen} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {afterEach, expect, test, vi} from 'vitest';
import {Problem} from '@/api/problem';
import {Confirm, type ConfirmProps} from './confirm';

afterEach(cleanup);

const shown = (props: Partial<ConfirmProps>) => (
	<MantineProvider env="test">
		<Confirm opened onClose={() => undefined} title="Delete queue Support?" action="Delete" goes={['its members: 101']} onConfirm={async () => undefined} {...props} />
	</MantineProvider>
);
const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', {name});

test('nothing is deleted before it is known what goes with it', async () => {
	const refetch = vi.fn();
	const {rerender} = render(shown({needs: [{isSuccess: false, error: null, refetch}]}));

	expect(button('Delete').disabled).toBe(true);
	expect(screen.queryByText('its members: 101')).toBeNull();
	rerender(shown({needs: [{isSuccess: false, error: Problem.unreachable(), refetch}]}));
	await userEvent.click(button('Try again'));
	expect(refetch).toHaveBeenCalled();
	expect(button('Delete').disabled).toBe(true);
	rerender(shown({needs: [{isSuccess: true, error: null, refetch}]}));
	expect(screen.getByText('its members: 101')).toBeTruthy();
	expect(button('Delete').disabled).toBe(false);
});
