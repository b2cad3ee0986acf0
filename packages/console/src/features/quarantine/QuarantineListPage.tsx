import { ListPage } from '../../ui/list/ListPage.tsx';
import { quarantineList } from './quarantine-list.tsx';

/** The files that devices sealed away. */
export function QuarantineListPage() {
  return <ListPage definition={quarantineList} />;
}
