import {expect, test} from 'vitest';
import {paste} from '../../../src/tui/shell/press.ts';
import {openedState, pressed, screenContext} from '../../support/console-screens.ts';

test('a text that an open field does not take is refused for the field, and elsewhere because there is none', () => {
  const long = 'x'.repeat(1_000);
  const searching = pressed(['6', '/'], screenContext()).state;
  expect(paste(searching, long, 0).notice?.text).toContain('this field does not take the pasted text');
  expect(paste(searching, 'CUDA', 0).notice).toBeNull();
  expect(paste(openedState, long, 0).notice?.text).toBe('pasted text has no effect here');
});
