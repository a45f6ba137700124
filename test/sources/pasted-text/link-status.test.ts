import {expect, test} from 'vitest';
import {linkFindings} from '../../../src/sources/pasted-text/link-status.ts';

const card = (index: number, ...links: readonly string[]): string =>
  [
    `GPU ${index}: NVIDIA H100 80GB HBM3 (UUID: GPU-0${index})`,
    ...links.map((link, at) => `\t Link ${at}: ${link}`),
  ].join('\n');

test('links that are not active are counted by card', () => {
  const text = [
    card(0, '26.562 GB/s', '26.562 GB/s'),
    card(1, '<inactive>', '26.562 GB/s'),
    card(2, '<inactive>'),
  ].join('\n');
  expect(linkFindings(text).map(({message}) => message)).toEqual([
    'GPU 1: 1 of 2 NVLinks are not active.',
    'GPU 2: none of its NVLinks is active.',
  ]);
});

test('errors of links are summed by card, and counters at zero are none', () => {
  const text = [card(0, 'CRC Errors: 0', 'Replay Errors: 0'), card(1, 'CRC Errors: 7', 'Recovery Errors: 2')].join(
    '\n',
  );
  expect(linkFindings(text)).toMatchObject([
    {code: 'source.nvidia-smi.link-errors', severity: 'warning', evidence: 'GPU 1, link 0'},
  ]);
  expect(linkFindings(text)[0]?.message).toContain('9 errors on 2 NVLinks');
});

test('a list of cards has no links', () => {
  expect(linkFindings(card(0))).toEqual([]);
});
