import { ListPage } from '../../ui/list/ListPage.tsx';
import { threatList } from './finding-list.tsx';

/** What devices caught or saw happening, apart from what scans of the network found. */
export function ThreatListPage() {
  return <ListPage definition={threatList} />;
}
