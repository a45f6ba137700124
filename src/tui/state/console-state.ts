import type {PlanDraft, PlanField} from '../../views/plan-screen/plan-fields.ts';
import type {Cure} from './cure.ts';

/** The Plan screen: what is drafted, the line that keys change, and how far its answer is scrolled. */
export type PlanOverlay = {
  readonly kind: 'plan';
  readonly draft: PlanDraft;
  readonly field: PlanField;
  readonly offset: number;
  /** Digits of a context length as they are typed. */
  readonly typed: string;
};

/** What covers the panels. */
export type Overlay =
  | {readonly kind: 'none'}
  | {readonly kind: 'help'; readonly offset: number}
  | {readonly kind: 'events'; readonly offset: number}
  | {readonly kind: 'stop'; readonly choice: StopChoice}
  | {readonly kind: 'cure'; readonly cure: Cure; readonly choice: CureChoice}
  | {readonly kind: 'restart'; readonly draft: string}
  | PlanOverlay;

/** Answers to "stop the engine?", safest first. */
export const stopChoices = ['keep', 'drain', 'now'] as const;
export type StopChoice = (typeof stopChoices)[number];

/** Answers to "restart with the settings that cure it?", safest first. */
export const cureChoices = ['keep', 'now'] as const;
export type CureChoice = (typeof cureChoices)[number];

/** What the console last has to say about a command. */
export type Notice = {
  readonly kind: 'pending' | 'accepted' | 'refused';
  readonly text: string;
  /** What to do next; null where there is nothing to do. */
  readonly remedy: string | null;
  readonly atMs: number;
};

/** What the console itself remembers; everything else comes from the session's data. */
export type ConsoleState = {
  readonly overlay: Overlay;
  /** Null: the first panel. */
  readonly focusedPanelId: string | null;
  readonly isZoomed: boolean;
  /** Number of the newest log line to show; null follows the log. */
  readonly logEnd: number | null;
  readonly notice: Notice | null;
};

export const initialConsoleState: ConsoleState = {
  overlay: {kind: 'none'},
  focusedPanelId: null,
  isZoomed: false,
  logEnd: null,
  notice: null,
};
