import {test} from 'vitest';
import {findSglang} from './install/install-sglang.ts';
import {CommandFailure} from './install/run-command.ts';

const {missing} = whyNot();
console.warn(`NOT TESTED: SGLang on the CPU: ${missing}`);
test.skipIf(true)(`SGLang on the CPU cannot be had here: ${missing}`, () => undefined);

function whyNot(): {readonly missing: string} {
  try {
    return findSglang();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return {missing: error.message};
  }
}
