import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme.css';
import {MantineProvider} from '@mantine/core';
import {Notifications} from '@mantine/notifications';
import {QueryClientProvider} from '@tanstack/react-query';
import {RouterProvider} from '@tanstack/react-router';
import {setNonce} from 'get-nonce';
import {createRoot} from 'react-dom/client';
import {makeQueryClient} from '@/api/query';
import {LanguageProvider} from '@/i18n/language';
import {watchFocus} from '@/ui/focus';
import {makeRouter} from './router';
import {watchSession} from './signed-out';
import {theme, variables} from './theme';
import {Words} from './words';

// The page's own styles are the only ones that its content security policy lets in.
const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';
const root = document.getElementById('root');

setNonce(nonce);
const client = makeQueryClient();
const router = makeRouter(client);

watchSession(client);
watchFocus();

if (root) {
	createRoot(root).render(
		<MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
			<LanguageProvider>
				<QueryClientProvider client={client}>
					<Words>
						<Notifications position="top-right" />
						<RouterProvider router={router} />
					</Words>
				</QueryClientProvider>
			</LanguageProvider>
		</MantineProvider>,
	);
}
