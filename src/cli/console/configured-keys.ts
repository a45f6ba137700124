import type {LoadedConfiguration} from '../../config/load-configuration.ts';
import {layoutsWith} from '../../layout/load-layout.ts';
import {panelViews} from '../../views/panels/panel-views.ts';

/** The keys of the console that the operator chose, and where each is written. */
export function userKeysOf({configuration, placeOf}: LoadedConfiguration) {
  const {keys} = configuration.console;
  return {chosen: keys, placeOf: (action: string) => placeOf(['console', 'keys', action])};
}

/** Which of them the console does not use, and why. */
export async function keyProblems(loaded: LoadedConfiguration): Promise<readonly string[]> {
  const {chosen, placeOf} = userKeysOf(loaded);
  if (Object.keys(chosen).length === 0) return [];
  const [{createScreens}, {acceptedKeys, problemText}] = await Promise.all([
    import('../../tui/screens/all-screens.ts'),
    import('../../tui/shell/user-keys.ts'),
  ]);
  const screens = createScreens(layoutsWith(new Map()), panelViews).all;
  return acceptedKeys(chosen, screens).problems.map((problem) => problemText(problem, placeOf(problem.id)));
}
