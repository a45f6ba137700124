import type {PlanViewFunction} from '../../views/plan-screen/plan-view.ts';
import type {RestartDialogViewFunction} from '../../views/restart/restart-dialog-view.ts';
import {cureDialog} from './cure-dialog.ts';
import {eventsScreen} from './events-screen.ts';
import {helpScreen} from './help-screen.ts';
import {createPlanScreen} from './plan/plan-screen.ts';
import {createRestartDialog} from './restart-dialog.ts';
import type {Screen} from './screen.ts';
import {stopDialog} from './stop-dialog.ts';

/** Everything that a key opens over the overview, in the order of the footer. */
export function createScreens(views: {
  readonly restartDialogView: RestartDialogViewFunction;
  readonly planView: PlanViewFunction;
}): readonly Screen[] {
  return [
    helpScreen,
    stopDialog,
    createRestartDialog(views.restartDialogView),
    cureDialog,
    createPlanScreen(views.planView),
    eventsScreen,
  ];
}
