import {expect, test} from 'vitest';
import {type GroupFacts, reachOf} from '../../../../src/supervisor/state-dir/ownership/trusted-owners.ts';

const local: GroupFacts = {
  uid: 1000,
  gids: [1000, 27],
  groups: 'root:x:0:\nada:x:1000:\nsudo:x:27:ada,bob\ndocker:x:998:ada\n',
  users: 'root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n',
};

test.each([
  ["a user's own group", 1000, local, 'private'],
  ["root's", 0, local, 'private'],
  ['a group with another member', 27, local, 'others'],
  ['a supplementary group with no other member', 998, {...local, gids: [1000, 998]}, 'private'],
  ['a group without this user', 998, local, 'others'],
  [
    'the primary group of another account too',
    1000,
    {...local, users: `${local.users}eve:x:7:1000::/:/bin/sh`},
    'others',
  ],
  ['a group of a directory service', 5000, {...local, uid: 5000, gids: [5000]}, 'unknown'],
  ['a user of a directory service in a local group', 998, {...local, uid: 5000, gids: [5000, 998]}, 'unknown'],
  ['such a user in a group with several members', 27, {...local, uid: 5000, gids: [5000, 27]}, 'others'],
  ['a group that a container was started with (fsGroup)', 2000, {...local, gids: [1000, 2000]}, 'unknown'],
  ['a system without these tables', 1000, {...local, groups: '', users: ''}, 'unknown'],
] as const)('%s', (_, gid, facts, reach) => {
  expect(reachOf(gid, facts)).toBe(reach);
});
