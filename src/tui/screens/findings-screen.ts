import {chainOf} from '../../domain/diagnosis/cause-chains.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type FindingScreen, findingScreen} from '../../views/findings/finding-screen-view.ts';
import {loggedEvidence} from '../../views/findings/logged-evidence.ts';
import {logView} from '../../views/panels/log.ts';
import {NO_CURE} from '../keys/engine-availability.ts';
import {keySpec} from '../keys/key-table.ts';
import {cureDialog, cureOfChain} from './cure-dialog.ts';
import {defineScreen} from './define-screen.ts';
import {logsScreen} from './logs/logs-screen.ts';
import {logsFrom} from './logs/logs-state.ts';
import {asked} from './question.ts';
import {type Copied, type Reaction, type Refused, refuse, type ScreenContext, type ScreenKey, stay} from './screen.ts';
import {filled, wholeSize} from './screen-place.ts';
import {scrolledOffset, scrollKeys, WHEEL_ROWS} from './scrolling.ts';

/** The chosen finding: the one of this code, or the `nth` of several. Others may come and go around it. */
type FindingsState = {
  readonly code: string | null;
  readonly nth: number;
  /** Rows of the finding scrolled out at the top. */
  readonly offset: number;
};

/** The state in which the screen opens: at the first cause. */
export const initialFindings: FindingsState = {code: null, nth: 0, offset: 0};

/** The Findings screen: all findings, and the chosen one in full. */
export const findingsScreen = defineScreen<FindingsState>({
  kind: 'screen',
  name: 'Findings',
  opener: {
    ...keySpec('engine.findings'),
    open: (_, about) => ({state: about === null ? initialFindings : {...about, offset: 0}}),
  },
  keys: [
    {...keySpec('findings.next'), unavailable: noOther, press: choose(1)},
    {...keySpec('findings.previous'), unavailable: noOther, press: choose(-1)},
    {
      ...keySpec('findings.line'),
      unavailable: (state, context) => (evidenceOf(state, context) === null ? refuse(NO_EVIDENCE) : null),
      press: showLine,
    },
    {
      ...keySpec('findings.cure'),
      unavailable: (state, context) =>
        chosenCure(state, context) === null ? refuse(`cannot apply fix: ${NO_CURE}`) : null,
      press: applyFix,
    },
    ...scrollKeys<FindingsState>((state, step, context) => {
      const {page, maxOffset} = viewOf(state, context);
      return {...state, offset: scrolledOffset(state.offset, step, page, maxOffset)};
    }),
  ],
  list: {next: 'findings.next', previous: 'findings.previous'},
  wheel: (state, step, _, context) => ({
    ...state,
    offset: scrolledOffset(state.offset, step, WHEEL_ROWS, viewOf(state, context).maxOffset),
  }),
  copy(state, {data}) {
    const findings = data.snapshot?.findings ?? [];
    const finding = findings[positionOf(state, findings)];
    return finding === undefined ? null : remedyOf(finding);
  },
  draw: (state, context) => filled('findings', viewOf(state, context).view, context, {id: 'log', view: logView}),
});

/** What a finding says is to be done, to copy. */
export function remedyOf({code, remedy}: Finding): Copied {
  return {what: `the remedy of ${code}`, text: remedy};
}

function viewOf(state: FindingsState, context: ScreenContext): FindingScreen {
  const {data, nowMs, pen, keymap} = context;
  const {snapshot} = data;
  const chosen = positionOf(state, snapshot?.findings ?? []);
  return findingScreen({
    ...{snapshot, nowMs, chosen, offset: state.offset, ...wholeSize(context), glyphs: pen.glyphs},
    moreKey: keymap.shown('scroll.down'),
  });
}

/** The position of the chosen finding; of the first one if it is gone. */
function positionOf({code, nth}: FindingsState, findings: readonly Finding[]): number {
  const positions = findings.flatMap((finding, position) => (finding.code === code ? [position] : []));
  return positions[nth] ?? positions.at(-1) ?? 0;
}

function noOther(_: FindingsState, {data}: ScreenContext): Refused | null {
  return (data.snapshot?.findings ?? []).length < 2 ? refuse('there is no other finding') : null;
}

function choose(step: 1 | -1): ScreenKey<FindingsState>['press'] {
  return (state, {data}) => {
    const findings = data.snapshot?.findings ?? [];
    if (findings.length === 0) return stay(state);
    const position = (positionOf(state, findings) + step + findings.length) % findings.length;
    const code = findings[position]?.code ?? null;
    const nth = findings.slice(0, position).filter((finding) => finding.code === code).length;
    return stay({code, nth, offset: 0});
  };
}

const NO_EVIDENCE = 'this finding has no line as evidence';
/** A longer text is not searched: the line is known by less. */
const MOST_SEARCHED = 200;

/** The first line of the evidence of the chosen finding, without what stands for its rest; null for none. */
function evidenceOf(state: FindingsState, {data}: ScreenContext): string | null {
  const findings = data.snapshot?.findings ?? [];
  const [first] = loggedEvidence(findings[positionOf(state, findings)] ?? {evidence: null});
  return first?.slice(0, MOST_SEARCHED) ?? null;
}

/** The log where the evidence is: the newest line that has it. */
function showLine(state: FindingsState, context: ScreenContext): Reaction<FindingsState> {
  const evidence = evidenceOf(state, context);
  if (evidence === null) return refuse(NO_EVIDENCE);
  const logs = logsFrom(evidence, findingsScreen.opened(state), context);
  return logs === null
    ? refuse('the log has no line with this evidence')
    : {kind: 'show', screen: logsScreen.opened(logs)};
}

/** Null where no setting fixes the chosen finding or one of its effects. */
function chosenCure(state: FindingsState, {data}: ScreenContext): ReturnType<typeof cureOfChain> {
  const findings = data.snapshot?.findings ?? [];
  const finding = findings[positionOf(state, findings)];
  return finding === undefined ? null : cureOfChain(chainOf(finding, findings));
}

function applyFix(state: FindingsState, context: ScreenContext): Reaction<FindingsState> {
  const cure = chosenCure(state, context);
  return cure === null ? stay(state) : {kind: 'open', screen: cureDialog.opened({...asked, ...cure})};
}
