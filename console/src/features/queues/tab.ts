import type {QueueRow} from './data';

// What every tab of a queue's page is given.
export type TabProps = {queue: QueueRow; etag: string | null};
