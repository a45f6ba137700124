import {describe, expect, test} from 'vitest';
import {logoutFinding, logoutSentence, scopeArguments} from '../../../src/domain/diagnosis/logout-survival.ts';

const host = {hasSystemd: true, user: 'op', isLingering: false, killsUserProcesses: false};

describe('whether an engine survives a logout', () => {
  test.each([
    [host, /KillUserProcesses is off/, false, false],
    [{...host, killsUserProcesses: true}, /is on and lingering is off for op/, true, true],
    [{...host, killsUserProcesses: true, isLingering: true}, /Lingering is enabled for op/, false, true],
    [{...host, hasSystemd: false, killsUserProcesses: true}, /systemd is not running/, false, false],
  ])('%o', (manager, sentence, hasFinding, hasScope) => {
    expect(logoutSentence(manager)).toMatch(sentence);
    expect(logoutFinding(manager) !== null).toBe(hasFinding);
    expect(scopeArguments(manager, 'run-1')).toEqual(
      hasScope ? ['systemd-run', '--user', '--scope', '--collect', '--quiet', '--unit=gantry-engine-run-1', '--'] : [],
    );
  });
});
