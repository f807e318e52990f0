// Addresses that open something for whoever knows them: links that sign in, reset a password, join a meeting, unsubscribe.

const PARAMETERS = new Set(
  (
    'access_token accesskey api_key apikey auth auth_token authkey bearer client_secret code_verifier confirmation_token ' +
    'credential id_token invite_token jsessionid jwt key_token magic otp pass passcode passwd password phpsessid pwd refresh_token reset_token ' +
    'samlresponse saml_response secret session session_id sessionid sessiontoken sid sig signature ticket token x-amz-signature ' +
    'x-goog-signature'
  ).split(' '),
);

const ACTS =
  /(?:^|[-_/])(?:reset|resetpassword|password|verify|verification|confirm|activate|activation|invite|invitation|unsubscribe|magic|magiclink|token|oauth|callback|share|sso)(?:[-_/]|$)/i;
const JWT = /eyJ[\w-]{8,}\.[\w-]{8,}\.?[\w-]*/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Does this address carry a key? */
export function carriesSecret(url, path, parameters) {
  if (url.username || url.password) return true;
  for (const [name, value] of parameters) {
    if (value.length >= 6 && PARAMETERS.has(name.toLowerCase())) return true;
  }
  if (url.hash.length > 8 && /(?:access_token|id_token|token|auth|key|secret|password)=/i.test(url.hash)) return true;
  if (JWT.test(path) || JWT.test(url.search)) return true;
  return ACTS.test(path) && path.split('/').some((part) => isRandom(part, 16));
}

/** Looks a part of a path drawn at random, as keys are, and not written, as words are? */
export function isRandom(part, least = 24) {
  if (part.length < least) return false;
  if (UUID.test(part) || /^[0-9a-f]{32,}$/i.test(part)) return true;
  if (!/^[\w~=+.-]+$/.test(part)) return false;
  const digits = part.replace(/\D/g, '').length;
  const changes = part.match(/[a-z][A-Z0-9]|[A-Z][a-z]{0,2}[0-9A-Z]|[0-9][A-Za-z]/g)?.length ?? 0;
  return digits >= 3 && changes >= part.length / 6;
}
