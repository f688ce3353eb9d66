/** Adds behaviour to the components of the NHS design system. Every page works without it. */
import { initAll } from './nhsuk-frontend.js';

initAll();
