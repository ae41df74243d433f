import {Page} from '@/ui/page';

export default function Planned() {
	return <Page title="media">{null}</Page>;
}
