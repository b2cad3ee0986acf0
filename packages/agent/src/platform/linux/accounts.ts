import { boundedDetail, boundedName, type AccountRow } from '../../inventory/index.ts';

/** Groups whose members may become the superuser, on Debian, Red Hat and old Ubuntu. */
const ADMIN_GROUPS: ReadonlySet<string> = new Set(['sudo', 'wheel', 'admin']);
/** Shells that let nobody in. */
const CLOSED_SHELL = /(?:^|\/)(?:nologin|false|true|sync|halt|shutdown|null)$/;
/** An empty field means this shell (passwd(5)). */
const DEFAULT_SHELL = '/bin/sh';
/** Ids are 32 bits; the last one means "none". */
const ID_MAX = 0xffff_fffe;

/** Who may become the superuser: numbers of groups and names of members. */
export interface AdminGroups {
  readonly groupIds: ReadonlySet<number>;
  readonly members: ReadonlySet<string>;
}

/** The administrative groups of group(5) text. */
export function parseAdminGroups(text: string): AdminGroups {
  const groupIds = new Set<number>();
  const members = new Set<string>();
  for (const line of text.split('\n')) {
    const [name, , idText, memberText = ''] = line.split(':');
    if (name === undefined || !ADMIN_GROUPS.has(name)) continue;
    const id = idOf(idText);
    if (id !== undefined) groupIds.add(id);
    for (const member of memberText.split(',')) members.add(member.trim());
  }
  return { groupIds, members };
}

/** The accounts of passwd(5) text; lines of any other form are left out. */
export function parseAccounts(text: string, admins: AdminGroups): AccountRow[] {
  return text.split('\n').flatMap((line) => {
    const [name, , userIdText, groupIdText, , home, shellText] = line.split(':');
    const uid = idOf(userIdText);
    const groupId = idOf(groupIdText);
    if (name === undefined || name === '' || uid === undefined || groupId === undefined) return [];
    if (home === undefined || shellText === undefined) return [];
    const shell = shellText.trim() === '' ? DEFAULT_SHELL : shellText.trim();
    return [
      {
        name: boundedName(name),
        uid,
        isAdmin: uid === 0 || admins.groupIds.has(groupId) || admins.members.has(name),
        canLogIn: !CLOSED_SHELL.test(shell),
        home: boundedDetail(home),
        shell: boundedDetail(shell),
      },
    ];
  });
}

function idOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= ID_MAX ? id : undefined;
}
