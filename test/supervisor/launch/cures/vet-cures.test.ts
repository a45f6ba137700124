import {describe, expect, test} from 'vitest';
import {adviceOf} from '../../../../src/domain/diagnosis/cure.ts';
import {detailsOf} from '../../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../../src/domain/diagnosis/finding.ts';
import {
  applySettingsChange,
  type LaunchSettings,
  type SettingsChange,
} from '../../../../src/domain/settings/launch-settings.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {differsFindings} from '../../../../src/supervisor/configuration/configuration-findings.ts';
import {OfferedCures} from '../../../../src/supervisor/launch/cures/offered-cures.ts';
import {beforeChecks, type PreviewChange, vetCures} from '../../../../src/supervisor/launch/cures/vet-cures.ts';
import {planOf} from '../../../support/plan-of.ts';
import {configured} from '../fake-world.ts';

function findingOf(settingsChange: SettingsChange | null, alternatives: readonly SettingsChange[] = []): Finding {
  return {
    code: 'vllm.kv-cache-too-small',
    severity: 'critical',
    message: 'One request needs more.',
    evidence: null,
    remedy: 'Restart with a shorter context.',
    settingsChange,
    cure: {...adviceOf('gpus'), alternatives: [...alternatives]},
  };
}

const blocker = (code: string): Finding => ({...findingOf(null), code, message: 'It does not fit.'});

/** Refuses every change that this says, with its code; the plan is that of the change. */
function refusing(codeFor: (change: SettingsChange) => string | null, settings: LaunchSettings = configured) {
  const asked: SettingsChange[] = [];
  const preview: PreviewChange = (change) => {
    asked.push(change);
    const code = codeFor(change);
    const plan =
      code === 'preflight.does-not-fit' ? planOf(applySettingsChange(settings, change), '8xH200') : absent('not asked');
    return Promise.resolve({plan, blockers: code === null ? [] : [blocker(code)]});
  };
  return {asked, preview};
}

const context = (contextLengthTokens: number): SettingsChange => ({contextLengthTokens});

describe('a fix', () => {
  test('that the judgement accepts is offered with all accepted alternatives, in order', async () => {
    const {preview} = refusing((change) => (change.kvCacheDtype === 'fp8' ? 'preflight.other' : null));
    const found = findingOf(context(99_000), [{kvCacheDtype: 'fp8'}, {decodeContextParallelSize: 8}]);
    expect(await vetCures(found, configured, preview)).toEqual({
      ...found,
      cure: {by: 'gpus', isChecked: true, alternatives: [{decodeContextParallelSize: 8}]},
    });
  });

  test('that the judgement refuses is not offered, and the remedy says why and what helps', async () => {
    const {preview} = refusing(() => 'preflight.gpu-memory-taken');
    const vetted = await vetCures(findingOf(context(99_000)), configured, preview);
    expect(vetted).toMatchObject({settingsChange: null, cure: {by: 'gpus', isChecked: true, alternatives: []}});
    expect(vetted.remedy).toBe(
      'No setting fixes it on this host. With context 99,000: It does not fit. Use more or larger GPUs, or a smaller model format.',
    );
  });

  test('is replaced by the first accepted alternative, which is in the remedy', async () => {
    const {preview} = refusing((change) => (change.contextLengthTokens === 99_000 ? 'preflight.other' : null));
    const vetted = await vetCures(findingOf(context(99_000), [context(50_000)]), configured, preview);
    expect(vetted).toMatchObject({settingsChange: context(50_000), remedy: 'Restart with context 50,000.'});
  });

  test('that the plan refuses is tried with what the plan requires, and never with its own key undone', async () => {
    const {preview, asked} = refusing((change) =>
      change.contextLengthTokens === undefined ? 'preflight.does-not-fit' : null,
    );
    // 0.6 of an H200 leaves too little for the configured context.
    const vetted = await vetCures(findingOf({memoryFraction: 0.6}), configured, preview);
    expect(vetted.settingsChange).toMatchObject({memoryFraction: 0.6, contextLengthTokens: expect.any(Number)});
    expect(asked.every(({memoryFraction}) => memoryFraction === 0.6)).toBe(true);
  });

  test('that would change nothing is not a fix, and is not judged', async () => {
    const {preview, asked} = refusing(() => null);
    const vetted = await vetCures(findingOf(context(configured.contextLengthTokens)), configured, preview);
    expect([vetted.settingsChange, asked]).toEqual([null, []]);
  });

  test('of a port in use is the next free one, alone', async () => {
    const {preview} = refusing(({port = 0}) => (port < configured.port + 3 ? 'preflight.port-in-use' : null));
    const found = {...findingOf(null), code: 'vllm.port-in-use', remedy: 'Stop that program.'};
    const vetted = await vetCures(found, configured, preview);
    expect(vetted).toMatchObject({settingsChange: {port: configured.port + 3}, cure: {alternatives: []}});
    expect(vetted.remedy).toBe(`Stop that program. Or restart with port ${configured.port + 3}.`);
  });
});

describe('the offered fixes of a snapshot', () => {
  function bench(answer: PreviewChange) {
    const told: string[] = [];
    let nowMs = 0;
    const changed: PromiseWithResolvers<null>[] = [Promise.withResolvers()];
    const cures = new OfferedCures({
      preview: async ({command}) => {
        const change = command.type === 'restart' ? command.change : {};
        const preview = await answer(change);
        if (preview === null) return {ok: false, error: {code: 'x', message: 'x', remedy: 'x'}};
        return {
          ok: true,
          value: {
            ...preview,
            schemaVersion: 1,
            before: null,
            settings: configured,
            fromConfiguration: [],
            checks: [],
            blockers: [...preview.blockers],
            launch: null,
            remarks: [],
          },
        };
      },
      clock: {monotonicMs: () => nowMs},
      nextSettings: () => configured,
      onChange: () => changed.at(-1)?.resolve(null),
      onTrouble: ({code}) => told.push(code),
      onTroubleOver: () => told.push('over'),
    });
    return {
      told,
      of: (findings: readonly Finding[], settings = configured) =>
        cures.of(findings, {run: null, settings, lastGoodSettings: null}),
      judged: () => changed.at(-1)?.promise,
      next() {
        changed.push(Promise.withResolvers());
      },
      pass(durationMs: number) {
        nowMs += durationMs;
      },
    };
  }
  const accept: PreviewChange = () => Promise.resolve({plan: absent('a test'), blockers: []});

  test('contain no fix until it was judged, and then as long as the settings are the same', async () => {
    const found = findingOf(context(99_000));
    const {of, judged} = bench(accept);
    expect(of([found])).toEqual([beforeChecks(found)]);
    await judged();
    expect(of([found])).toMatchObject([{settingsChange: context(99_000), cure: {isChecked: true}}]);
    expect(of([found], {...configured, port: 9_999})).toEqual([beforeChecks(found)]);
  });

  test('are judged again after a while: what is no longer accepted is removed', async () => {
    let isFree = true;
    const {of, judged, next, pass} = bench((change) =>
      isFree ? accept(change) : Promise.resolve({plan: absent('a test'), blockers: [blocker('preflight.port-in-use')]}),
    );
    const found = findingOf(context(99_000));
    of([found]);
    await judged();
    isFree = false;
    next();
    pass(11_000);
    expect(of([found])).toMatchObject([{settingsChange: context(99_000)}]);
    await judged();
    expect(of([found])).toMatchObject([{settingsChange: null, cure: {isChecked: true}}]);
  });

  test('stay while the numbers in the message change, and come with the newest message', async () => {
    const found = findingOf(context(99_000));
    const {of, judged} = bench(accept);
    of([found]);
    await judged();
    const later = {...found, message: '45 requests are waiting, for 21 s.'};
    expect(of([later])).toMatchObject([
      {message: later.message, settingsChange: context(99_000), cure: {isChecked: true}},
    ]);
  });

  test('are judged again when another change would fix it', async () => {
    const found = findingOf(context(99_000));
    const {of, judged} = bench(accept);
    of([found]);
    await judged();
    const other = {...found, settingsChange: context(50_000)};
    expect(of([other])).toEqual([beforeChecks(other)]);
  });

  test('report what could not be judged, and do not offer it', async () => {
    const {of, judged, told} = bench(() => Promise.reject(new Error('nvidia-smi is gone')));
    const found = findingOf(context(99_000));
    of([found]);
    await judged();
    expect(of([found])).toEqual([beforeChecks(found)]);
    expect(told).toEqual(['supervisor.cures-unchecked']);
  });

  test('do not change a finding without settings', () => {
    const found = findingOf(null);
    const plain: Finding = {...findingOf(null), code: 'gpu.foreign-process'};
    const {cure: _, ...bare} = plain;
    expect(bench(accept).of([found, bare])).toEqual([{...found, cure: {...adviceOf('gpus'), isChecked: true}}, bare]);
  });

  test('recommend a restart with the configuration only while it would be accepted', async () => {
    const answers: (readonly string[])[] = [['preflight.does-not-fit', 'preflight.port-in-use'], []];
    const asked: SettingsChange[] = [];
    const {of, judged, next, pass} = bench((change) => {
      asked.push(change);
      return Promise.resolve({plan: absent('a test'), blockers: (answers.shift() ?? []).map(blocker)});
    });
    const found = differing(4);
    const restartOf = (findings: readonly Finding[]) =>
      findings.map((finding) => detailsOf(finding, 'configuration.differs')?.restart);
    expect(of([found])).toEqual([found]);
    await judged();
    const [refused] = of([found]);
    expect(restartOf(of([found]))).toEqual([
      {verdict: 'refused', blockers: ['preflight.does-not-fit', 'preflight.port-in-use']},
    ]);
    expect(refused?.remedy).toContain('It does not fit.');
    next();
    pass(11_000);
    of([found]);
    await judged();
    expect(restartOf(of([found]))).toEqual([{verdict: 'accepted'}]);
    expect(restartOf(of([differing(2)])), 'another edit is not judged yet').toEqual([{verdict: 'unchecked'}]);
    expect(asked, 'the configuration as it is').toEqual([{}, {}, {}]);
  });

  test('leave a restart that could not be judged without a recommendation', async () => {
    const {of, judged, told} = bench(() => Promise.reject(new Error('nvidia-smi is gone')));
    of([differing(4)]);
    await judged();
    expect(of([differing(4)])).toEqual([differing(4)]);
    expect(told).toEqual(['supervisor.cures-unchecked']);
  });
});

/** The configuration has another tensor parallel size than the engine. */
function differing(requested: number): Finding {
  const [finding] = differsFindings([
    {
      key: 'engine.tensorParallelSize',
      value: 8,
      origin: {from: 'default'},
      configured: {value: requested, origin: {from: 'file', place: '/etc/gantry.yaml:1:10'}},
      isPending: true,
      overridden: null,
      effect: 'restart',
    },
  ]);
  if (finding === undefined) throw new Error('nothing differs');
  return finding;
}
