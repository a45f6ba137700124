import {afterEach, describe, expect, test} from 'vitest';
import {err} from '../../src/shared/result.ts';
import {eventually} from '../harness/eventually.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../support/build-snapshot.ts';
import type {HeldQuestion} from '../support/memory-session.ts';
import {type OpenedConsole, type OpenOptions, openConsole} from '../support/open-console.tsx';

let opened: OpenedConsole | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

/** A console whose questions the test answers. */
async function open(options: OpenOptions = {}): Promise<OpenedConsole> {
  opened = await openConsole(options);
  opened.session.holdPreviews();
  return opened;
}

/** Answers a question once it is asked: as the supervisor would, or otherwise. */
async function answer({session}: OpenedConsole, index: number, ...result: Parameters<HeldQuestion['answer']>) {
  await eventually(() => expect(session.asked.length).toBeGreaterThan(index), 'the question');
  session.asked[index]?.answer(...result);
}

const gone = err({code: 'supervisor.unavailable', message: 'The supervisor does not answer.', remedy: 'Wait for it.'});
const curable = buildConsoleData({
  snapshot: buildSnapshot({findings: [buildFinding({settingsChange: {contextLengthTokens: 524_288}})]}),
});

describe('the restart dialog', () => {
  test('says that it is checking, and accepts keys meanwhile', async () => {
    const console = await open();
    const dialog = console.press('R').dialog('Restart');
    await dialog.row('checking ...');
    await dialog.row('y  Restart now (checking)');
    await dialog.lacks('fits');
    await console.footer().lacks('yes, now');
    for (const key of ['y', 'd'])
      await console.press(key).notice().shows('Refused: this restart had not been checked yet');
    await console.press('Tab', 'Enter').notice().shows('Refused: this restart had not been checked yet');
    expect(console.session.sent).toEqual([]);
    await console.press('Down');
    await dialog.row('[131072_]');
    await dialog.row('262,144 tokens → 131,072 tokens');
    await answer(console, 0);
    await answer(console, 1);
    await dialog.row('memory fits');
    await dialog.lacks('checking');
    await dialog.row(/y {2}Restart now *$/);
    await console.footer().shows('y yes, now');
  });

  test('drops an answer to earlier input', async () => {
    const console = await open();
    await console.press('R', 'Down');
    const dialog = console.dialog('Restart');
    await answer(console, 0);
    await eventually(
      () =>
        expect(console.session.asked.map(({question}) => question)).toEqual([
          {command: {type: 'restart', change: {contextLengthTokens: 262_144}}},
          {command: {type: 'restart', change: {contextLengthTokens: 131_072}}},
        ]),
      'the question',
    );
    await dialog.row('checking ...');
    await dialog.lacks('concurrent');
  });

  test('shows why it was not checked, without a verdict, and lets the supervisor decide', async () => {
    const console = await open();
    const dialog = console.press('R').dialog('Restart');
    await answer(console, 0, gone);
    await dialog.shows('Not checked: The supervisor does not answer. → Wait for it.');
    await dialog.lacks('fits');
    console.session.answerWith({
      accepted: false,
      error: {code: 'preflight.does-not-fit', message: 'It does not fit.', remedy: 'Shorten it.'},
    });
    await console.press('y').notice().shows('Refused: It does not fit. Shorten it.');
    expect(console.session.sent).toHaveLength(1);
  });

  test('refuses every answer but no where the restart would be refused, with reason and remedy', async () => {
    const console = await open();
    const dialog = console.press('R').type('1M').dialog('Restart');
    await dialog.row('[1M_]');
    await answer(console, 0);
    await answer(console, 1);
    await dialog.row(/^refused: /);
    await dialog.row(/^→ /);
    await console
      .press('y')
      .notice()
      .shows(/Refused: .*1,048,576/);
    await dialog.isOpen();
    expect(console.session.sent).toEqual([]);
  });

  test('asks nothing after it is closed, and nothing without input', async () => {
    const console = await open();
    await console.press('R', 'Esc', 'x').dialog('Stop').isOpen();
    await answer(console, 0);
    await console.press('Esc', '?').screen('Keys').isOpen();
    expect(console.session.asked).toHaveLength(1);
  });
});

describe('the fix dialog', () => {
  test('says why the settings would be refused, and does not send them', async () => {
    const console = await open({data: curable});
    const dialog = console.press('a').dialog('Restart with the settings that fix it?');
    await dialog.row('checking ...');
    await dialog.row('> n  Change nothing');
    await answer(console, 0);
    await dialog.row(/^refused: /);
    await console
      .press('y')
      .notice()
      .shows(/Refused: .*524,288/);
    await dialog.isOpen();
    expect(console.session.sent).toEqual([]);
  });

  test('shows no verdict before there is one', async () => {
    const console = await open({data: curable});
    const dialog = console.press('a').dialog('Restart with the settings that fix it?');
    await answer(console, 0, gone);
    await dialog.shows('Not checked: The supervisor does not answer.');
    await dialog.lacks('fits');
  });
});

describe('the Plan screen', () => {
  test('asks for a restart on this node, and for a start on cards of the catalog', async () => {
    const console = await open();
    const plan = console.press('P').screen('Plan');
    await plan.row('checking ...');
    expect(plan.note()).toBe('checking');
    await answer(console, 0);
    await plan.row('FITS');
    expect(plan.note()).toContain('fits');
    await console.press('-');
    await plan.row('checking ...');
    expect(console.session.asked.map(({question}) => question)).toEqual([
      {command: {type: 'restart', change: {}}},
      {command: {type: 'restart', change: {contextLengthTokens: 131_072}}},
    ]);
    await answer(console, 1);
    await console.press('Down', 'Down', 'Down', 'Down', '+').screen('Plan').row('this node →');
    await eventually(() => expect(console.session.asked.at(-1)?.question.gpus).toMatch(/^8x/), 'the question');
    expect(console.session.asked.at(-1)?.question.command.type).toBe('start');
  });

  test('applies no fix without a plan, and shows a failed request', async () => {
    const console = await open();
    const plan = console.press('P').screen('Plan');
    await console.press('a').notice().shows('Refused: cannot apply fix: the plan is not ready yet');
    await answer(console, 0, gone);
    await plan.shows('Not checked: The supervisor does not answer.');
    expect(plan.note()).toBe('no plan');
    await console.press('a').notice().shows('no fix of this plan is a setting');
  });

  test('does not ask about a restart that would be refused', async () => {
    const console = await open();
    const plan = console.press('P').screen('Plan');
    await console.press('+');
    await answer(console, 0);
    await answer(console, 1);
    await plan.row('REFUSED');
    await console
      .press('R')
      .notice()
      .shows(/cannot restart: .*524,288/);
    await plan.isOpen();
  });
});
