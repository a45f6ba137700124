import {expect, test} from 'vitest';
import {
  isRestForCertain,
  learnBeginnings,
  mayBreakWord,
} from '../../../../src/sources/pasted-text/viewer/line-beginnings.ts';

test.each([
  ['torch.OutOfMem', 'oryError: CUDA out of memory'],
  ['[core.py:1] torch.OutOf', 'MemoryError: CUDA out of memory'],
  ['RuntimeError: torch.', 'OutOfMemoryError: CUDA'],
  ['into parameter (torch.', 'Size([7168, 1056]))'],
  ['ValueError: Selected backend AttentionBackendEnum.', 'CUTLASS_MLA is not valid'],
  ['std::runtime_error c10::', 'DistBackendError'],
  ['/opt/models/Kimi-', 'K2.7-Code'],
  ['the blades of the sev', 'enth expert'],
  ['the blades of the ', 'Seventh expert'],
])('a word may be broken between "%s" and "%s"', (above, row) => expect(mayBreakWord(above, row)).toBe(true));

test.each([
  ['    return self.forward(*args, **kwargs)', 'RuntimeError: no'],
  ['    return the_model', 'RuntimeError: no'],
  ['the blades do not turn', 'Killed by somebody'],
  ['the blades do not turn.', 'Nothing can be done'],
  ['the blades are of PyTorch.', 'Nothing can be done'],
  ['the blades do not turn:', 'Look there'],
  ['the blades do not turn', 'torch.OutOfMemoryError: CUDA'],
])('below "%s" a new statement begins with "%s"', (above, row) => expect(mayBreakWord(above, row)).toBe(false));

test('a number behind a word is no rest of it', () => {
  expect(isRestForCertain('0: (EngineCore pid=1) ready', 'packages were not found: tiktoken')).toBe(false);
  expect(isRestForCertain('enth expert', 'the blades of the sev')).toBe(true);
  expect(isRestForCertain(' of the seventh expert', 'the blades,')).toBe(true);
  expect(isRestForCertain('llama_model_load: error', 'the file of the model')).toBe(false);
});

test('what is in front of most lines is known to begin them', () => {
  const rows = ['0: a', '0: broken', 'off', '0: b', '0: c'];
  const known = learnBeginnings(rows, (above) => above.endsWith('broken'));
  expect(known).toMatchObject({isSure: true});
  expect(rows.filter((row) => !known.isBeginning(row))).toEqual(['off']);
});
