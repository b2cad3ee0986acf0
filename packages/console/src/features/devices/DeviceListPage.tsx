import { ListPage } from '../../ui/list/ListPage.tsx';
import { deviceList } from './device-list.tsx';

export function DeviceListPage() {
  return <ListPage definition={deviceList} />;
}
