import { ListPage } from '../../ui/list/ListPage.tsx';
import { findingList } from './finding-list.tsx';

export function FindingListPage() {
  return <ListPage definition={findingList} />;
}
