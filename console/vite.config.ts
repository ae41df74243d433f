import react from '@vitejs/plugin-react';
import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vitest/config';

// `npm run dev` shows the sources as they change, against a server at CENTREX_URL.
const server = process.env.CENTREX_URL ?? 'http://localhost:8080';

export default defineConfig({
	plugins: [react()],
	resolve: {alias: {'@': fileURLToPath(new URL('./src', import.meta.url))}},
	server: {proxy: {'/api': {target: server}}},
	build: {
		target: 'es2022',
		sourcemap: false,
		cssCodeSplit: false, // of a page whose file is gone only a script can be missing (app/fallback.tsx)
		assetsInlineLimit: 0, // the content security policy knows files, no data: scripts
		modulePreload: {polyfill: false},
		chunkSizeWarningLimit: 700,
	},
	test: {environment: 'jsdom', globals: false, setupFiles: ['src/test-setup.ts'], include: ['src/**/*.test.{ts,tsx}']},
});
