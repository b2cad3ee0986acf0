import { expect, test } from 'vitest';
import { DEFAULT_PROTECTION } from '@wardgrid/wire';
import { filesystemsOf, strictFilesystems } from './filesystems.ts';

const MOUNTINFO = Buffer.concat([
  Buffer.from(
    [
      '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
      '23 22 0:5 / /proc rw - proc proc rw',
      '24 22 0:30 / /tmp rw - tmpfs tmpfs rw',
      '25 22 8:1 /var/lib /mnt/bind rw - ext4 /dev/sda1 rw',
      '26 22 0:44 / /net rw - nfs4 server:/ rw',
      '27 22 8:17 / /media/USB\\040stick ro - vfat /dev/sdb1 rw',
      '28 22 8:33 / /srv rw - xfs /dev/sdc1 rw',
      '',
    ].join('\n'),
  ),
  Buffer.from([...Buffer.from('29 22 8:49 / /odd'), 0xff]),
  Buffer.from(' rw - btrfs /dev/sdd1 rw\nbroken line\n'),
]);

test('local filesystems are watched once each, by the kernel bytes of their mount points', () => {
  const found = filesystemsOf(MOUNTINFO);
  expect(found.map(({ device, type }) => `${device} ${type}`)).toEqual([
    '8:1 ext4',
    '0:30 tmpfs',
    '8:17 vfat',
    '8:33 xfs',
    '8:49 btrfs',
  ]);
  expect(found[2]?.mountPoint.toString()).toBe('/media/USB stick');
  expect(found[4]?.mountPoint).toEqual(Buffer.from([...Buffer.from('/odd'), 0xff]));
});

test('a strict path makes the nearest filesystem strict and no other', () => {
  const found = filesystemsOf(MOUNTINFO);
  const policy = { ...DEFAULT_PROTECTION, strictPaths: ['/srv/www', '/home'] };
  const strict = [...strictFilesystems(found, policy)];
  expect(strict.map(({ mountPoint }) => mountPoint.toString())).toEqual(['/srv', '/']);
});
