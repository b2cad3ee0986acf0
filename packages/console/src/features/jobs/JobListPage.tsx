import { ListPage } from '../../ui/list/ListPage.tsx';
import { jobList } from './job-list.tsx';

export function JobListPage() {
  return <ListPage definition={jobList} />;
}
