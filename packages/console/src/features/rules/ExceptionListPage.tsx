import { ListPage } from '../../ui/list/ListPage.tsx';
import { exceptionList } from './exception-list.tsx';

/** What is left out of which rule, why, and until when. */
export function ExceptionListPage() {
  return <ListPage definition={exceptionList} />;
}
