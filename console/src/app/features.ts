// Every feature of the console, a line each.
import {routes as agent} from '@/features/agent/routes';
import {routes as audit} from '@/features/audit/routes';
import {routes as auth} from '@/features/auth/routes';
import {routes as calls} from '@/features/calls/routes';
import {routes as dashboard} from '@/features/dashboard/routes';
import {routes as extensions} from '@/features/extensions/routes';
import {routes as media} from '@/features/media/routes';
import {routes as numbers} from '@/features/numbers/routes';
import {routes as operator} from '@/features/operator/routes';
import {routes as people} from '@/features/people/routes';
import {routes as profile} from '@/features/profile/routes';
import {routes as queues} from '@/features/queues/routes';
import {routes as settings} from '@/features/settings/routes';
import {routes as wallboard} from '@/features/wallboard/routes';
import type {FeatureRoute} from '@/ui/route';

export const features: readonly {routes: readonly FeatureRoute[]}[] = [
	{routes: agent},
	{routes: audit},
	{routes: auth},
	{routes: calls},
	{routes: dashboard},
	{routes: extensions},
	{routes: media},
	{routes: numbers},
	{routes: operator},
	{routes: people},
	{routes: profile},
	{routes: queues},
	{routes: settings},
	{routes: wallboard},
];
