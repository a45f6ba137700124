import {expect, test} from 'vitest';
import type {GpuView} from '../../../src/api/snapshot.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {cardProcessRows} from '../../../src/views/gpu-card/card-processes.ts';
import {buildGpu} from '../../support/build-snapshot.ts';
import {textOf} from '../draw.ts';

const shown = (processes: GpuView['processes'], columns = 76): readonly string[] =>
  cardProcessRows({...buildGpu(0), processes}, {columns, glyphs: unicodeGlyphs}).map((row) => textOf(row).trimEnd());

const one = {pid: 4_194_300, name: '/opt/conda/envs/eval/bin/python', usedBytes: 6.5 * 1024 ** 3, isOwn: false};
const container = {runtime: 'docker', id: '0123456789abcdef'.repeat(4), podUid: null} as const;

test('a process has its user and its container or unit also in 80 columns', () => {
  const user = 'a-directory-user';
  const rows = shown([
    {...one, owner: {uid: 1000, user: 'research', container, unit: null}},
    {...one, pid: 7, isOwn: true, owner: {uid: 20_431, user: null, container: null, unit: 'user@20431.service'}},
  ]);
  expect(rows).toEqual([
    'process       pid    memory    whose       user           runs in',
    'python    4194300   6.5 GiB    other   research   docker 0123456…',
    'python          7   6.5 GiB   engine      20431   user@20431.ser…',
  ]);
  expect(shown([{...one, owner: {uid: 1, user, container, unit: null}}], 120)[1]).toContain('a-directory…');
});

test('without an owner there is a dash and the reason once; an older snapshot has no reason', () => {
  const owner = {absent: 'no such process'};
  const rows = shown([
    {...one, owner},
    {...one, pid: 7, owner},
  ]);
  expect(rows.slice(3)).toEqual(['user – no such process']);
  expect(shown([one])).toHaveLength(2);
  expect(shown({absent: 'not visible'})).toEqual(['processes: – not visible']);
});
