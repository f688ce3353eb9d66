/** The other interfaces that submissions arrive through, and where they are passed on. @see docs/configuration.md */
export const roads = {};
