import {cureDialog} from './cure-dialog.ts';
import {eventsScreen} from './events-screen.ts';
import {findingsScreen} from './findings-screen.ts';
import {helpScreen} from './help-screen.ts';
import {planScreen} from './plan/plan-screen.ts';
import {restartDialog} from './restart-dialog.ts';
import type {Screen} from './screen.ts';
import {stopDialog} from './stop-dialog.ts';

/** Every screen and dialog that a key opens over the overview, in the order of the footer. */
export const screens: readonly Screen[] = [
  helpScreen,
  stopDialog,
  restartDialog,
  cureDialog,
  findingsScreen,
  planScreen,
  eventsScreen,
];
