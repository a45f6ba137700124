import {mkdirSync, symlinkSync} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {mountTableOf, readMountTable} from '../../../src/sources/file-systems/mount-table.ts';
import {isNetworkMount, networkMountOf} from '../../../src/sources/file-systems/network-mount.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {mountInfo} from './mount-info.ts';

type Mounts = Parameters<typeof mountInfo>[0];

/** The mount point of the network mount that is found; `asked` are the places whose link was read. */
async function look(directory: string, mounts: Mounts, links: Readonly<Record<string, string>> = {}) {
  const asked: string[] = [];
  const mount = await networkMountOf(directory, mountTableOf(mountInfo(mounts)), (place) => {
    asked.push(place);
    return Promise.resolve(links[place] ?? null);
  });
  return {found: mount?.mountPoint ?? null, asked};
}

describe('a mount', () => {
  const isNetwork = (type: string, options = 'rw', place = '/data') =>
    mountTableOf(mountInfo([[place, type, options]])).mountAt(place);

  test.each([
    'nfs',
    'nfs4',
    'cifs',
    'smb3',
    'ceph',
    'lustre',
    'gpfs',
    'beegfs',
    'glusterfs',
    'fuse.glusterfs',
    'fuse.sshfs',
    'fuse.s3fs',
    'fuse.juicefs',
    'fuse.rclone',
    'fuse.ceph-fuse',
    'fuse',
    'gfs2',
    'ocfs2',
    'afs',
    'orangefs',
    'virtiofs',
    'wekafs',
  ])('of type %s may stop answering', (type) => {
    const mount = isNetwork(type);
    expect(mount === null ? null : isNetworkMount(mount)).toBe(true);
  });

  test.each([
    'ext4',
    'xfs',
    'btrfs',
    'zfs',
    'tmpfs',
    'overlay',
    'fuseblk',
    'fuse.fuse-overlayfs',
    'fuse.mergerfs',
    'fuse.lxcfs',
    'autofs',
    'fuse.gocryptfs',
    'f2fs',
  ])('of type %s is of this host', (type) => {
    const mount = isNetwork(type);
    expect(mount === null ? null : isNetworkMount(mount)).toBe(false);
  });

  test('of type 9p is of this host in gVisor, and of another one elsewhere', () => {
    const verdicts = [
      'rw,trans=fd,rfdno=4,wfdno=4,aname=/',
      'rw,trans=fd',
      'rw,access=client,trans=fd,rfd=8,wfd=8',
      'rw,trans=virtio,version=9p2000.L',
      'rw,trans=tcp,port=564',
    ].map((options) => isNetworkMount(isNetwork('9p', options) ?? expect.fail()));
    expect(verdicts).toEqual([false, false, true, true, true]);
  });

  test.each(['nfs', '9p', 'virtiofs', 'fuse'])(
    'of type %s that is the root is everything that this host has',
    (type) => {
      expect(isNetworkMount(isNetwork(type, 'rw', '/') ?? expect.fail())).toBe(false);
    },
  );
});

describe('the way to a directory', () => {
  const root = ['/', 'ext4'] as const;

  test('ends at the mount with the longest name, and not at one whose name only begins so', async () => {
    const mounts: Mounts = [root, ['/home', 'nfs4'], ['/home/kim', 'xfs'], ['/home/kim/lake', 'ceph']];
    expect((await look('/home/kim/.local', mounts)).found).toBe('/home');
    expect((await look('/home/kim/lake/state', [root, ['/home/kim/lake', 'ceph']])).found).toBe('/home/kim/lake');
    expect((await look('/home/kim/lakeside', [root, ['/home/kim/lake', 'ceph']])).found).toBeNull();
  });

  test('asks nothing of a network file system, nor of an automounter', async () => {
    expect(await look('/mnt/lake/a/b', [root, ['/mnt/lake', 'nfs']])).toEqual({found: '/mnt/lake', asked: ['/mnt']});
    expect(await look('/home/kim/a', [root, ['/home', 'autofs']])).toEqual({found: null, asked: []});
    const mounted: Mounts = [root, ['/home', 'autofs'], ['/home/kim', 'nfs']];
    expect(await look('/home/kim/a', mounted)).toEqual({found: '/home/kim', asked: []});
    const direct: Mounts = [root, ['/home', 'autofs'], ['/home', 'nfs4']];
    expect(await look('/home/kim/a', direct)).toEqual({found: '/home', asked: []});
  });

  test('follows links, relative and absolute, and up again', async () => {
    const mounts: Mounts = [root, ['/mnt/lake', 'nfs']];
    const links = {'/home/kim': '/data/kim', '/data/kim/state': '../../mnt/./lake/state', '/loop': '/loop'};
    expect((await look('/home/kim/state/gantry', mounts, links)).found).toBe('/mnt/lake');
    expect((await look('/home/kim/other', mounts, links)).found).toBeNull();
    expect((await look('/loop/state', mounts, links)).found).toBeNull();
  });

  test('is not through what is hidden below a later mount', async () => {
    const hidden = '20 1 0:1 / / rw - ext4 a rw\n21 20 0:2 / /a/b rw - nfs b rw\n22 20 0:3 / /a rw - ext4 c rw\n';
    expect(await networkMountOf('/a/b/state', mountTableOf(hidden), () => Promise.resolve(null))).toBeNull();
  });

  test('may have spaces, and be in a changed root that no mount has', async () => {
    expect((await look('/my lake/state', [root, ['/my lake', 'cifs']])).found).toBe('/my lake');
    expect((await look('/lake/state', [['/lake', 'cifs']])).found).toBe('/lake');
    expect((await look('/home/state', [['/lake', 'cifs']])).found).toBeNull();
  });

  test('is known of this host', async () => {
    const directory = temporaryDirectory('mounts');
    mkdirSync(path.join(directory, 'real'));
    symlinkSync('real', path.join(directory, 'link'));
    const table = await readMountTable();
    expect(table.mountAt('/proc')?.type).toBe('proc');
    expect(await networkMountOf(path.join(directory, 'link', 'state'), table)).toBeNull();
  });
});

test('any text is a table', () => {
  fc.assert(
    fc.property(fc.string({unit: fc.constantFrom('1', '2', ' ', '-', '/', 'a', '\n', '\\', '0')}), (text) => {
      const mount = mountTableOf(text).mountAt('/a/a');
      expect(mount === null || '/a/a'.startsWith(mount.mountPoint)).toBe(true);
    }),
  );
});
