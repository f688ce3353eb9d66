/** The page that a person wanted before signing in. Only a page below `/console/` is opened, never another site. */

export const START = '/console/';
const BASE = 'https://homeward.invalid';
const MAX_LENGTH = 2_000;
/** Signing in or out again would lead nowhere. */
const NOT_WANTED = /^\/console\/(?:sign-in|sign-out|callback)(?:\/|$)/;

/** @returns the path and query to open; the start page where the given one is not a page of this server */
export function wantedPage(given: string | undefined): string {
  if (given === undefined || given.length > MAX_LENGTH || !/^\/console\/[\x21-\x5b\x5d-\x7e]*$/.test(given))
    return START;
  const { origin, pathname, search } = new URL(given, BASE);
  if (origin !== BASE || !pathname.startsWith(START) || NOT_WANTED.test(pathname)) return START;
  return `${pathname}${search}`;
}

export const signInPath = (wanted: string): string =>
  wanted === START
    ? '/console/sign-in'
    : `/console/sign-in?${new URLSearchParams({ to: wanted }).toString()}`;
