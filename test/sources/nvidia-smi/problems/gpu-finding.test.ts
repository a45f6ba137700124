import {expect, test} from 'vitest';
import {
  cardByIndex,
  cardFinding,
  gpuFinding,
  onePerCard,
  sortedFindings,
} from '../../../../src/sources/nvidia-smi/problems/gpu-finding.ts';

const lost = (card: Parameters<typeof cardFinding>[0], message: string) =>
  cardFinding(card, 'gpu-lost', {message, remedy: 'r.'});
const at = (pciBusId: string) => ({index: null, pciBusId, uuid: null});

test('findings of two queries about one card are one finding, the first', () => {
  const first = lost(cardByIndex(3), 'GPU 3 cannot be opened: GPU is lost.');
  const second = lost({index: 3, pciBusId: '0000:02:00.0', uuid: null}, 'GPU 3 (0000:02:00.0): lost.');
  expect(onePerCard([first, second])).toEqual([first]);
});

test('each finding is there once, the worst first, otherwise in order', () => {
  const of = (code: string, severity: 'critical' | 'warning' | 'info') =>
    gpuFinding(code, {message: 'm.', remedy: 'r.', severity});
  const [hint, doubt, first, second] = [of('a', 'info'), of('b', 'warning'), of('d', 'critical'), of('c', 'critical')];
  expect(sortedFindings([hint, doubt, first, second, doubt, hint])).toEqual([first, second, doubt, hint]);
  expect(sortedFindings([first, doubt, hint])).toEqual([first, doubt, hint]);
});

test('two cards identified by their bus addresses stay separate', () => {
  const findings = ['0000:02:00.0', '0000:03:00.0'].map((address) => lost(at(address), `GPU ${address} is lost.`));
  expect(onePerCard(findings)).toEqual(findings);
});

test('two problems of one card stay separate, and so do messages about no card', () => {
  const findings = [
    lost(cardByIndex(0), 'lost.'),
    cardFinding(cardByIndex(0), 'ecc-uncorrected', {message: 'errors.', remedy: 'r.'}),
    gpuFinding('persistence-mode-off', {message: 'a', remedy: 'r.'}),
    gpuFinding('persistence-mode-off', {message: 'b', remedy: 'r.'}),
  ];
  expect(onePerCard(findings)).toEqual(findings);
});
