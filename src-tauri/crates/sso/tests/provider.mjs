// A certified OpenID provider on loopback, and a browser that walks through it without a person. Prints its port.
//   GET /walk?to=URL&account=NAME  where the browser is sent in the end, without going there
//   GET /again                     from now on the token endpoint answers with what it answered last
import { createServer } from "node:http";
import Provider from "oidc-provider";

const accounts = {
  ada: { email: "Ada@example.com", email_verified: true },
  eve: { email: "ada@example.com", email_verified: false },
};
const native = {
  application_type: "native",
  token_endpoint_auth_method: "none",
  grant_types: ["authorization_code"],
  response_types: ["code"],
  redirect_uris: ["http://127.0.0.1/signed-in"],
};
let last = null;
let again = false;
let provider;

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  if (url.pathname === "/walk") return response.end(await walk(url.searchParams.get("to"), url.searchParams.get("account")));
  if (url.pathname === "/again") {
    again = true;
    return response.end();
  }
  if (url.pathname === "/token" && again) {
    return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(last));
  }
  if (url.pathname.startsWith("/interaction/")) {
    return provider.interactionFinished(request, response, await given(request, response), { mergeWithLastSubmission: true });
  }
  return provider.callback()(request, response);
});

/** What the person says: who they are, and that this program may know it. */
async function given(request, response) {
  const accountId = request.headers["x-account"];
  if (accountId === "nobody") return { error: "access_denied" };
  const { prompt, params } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") return { login: { accountId } };
  const grant = new provider.Grant({ clientId: params.client_id, accountId });
  grant.addOIDCScope("openid email");
  return { consent: { grantId: await grant.save() } };
}

/** Follows redirects with cookies, as a browser does, up to the program's own port. */
async function walk(to, account) {
  const jar = new Map();
  for (let at = to, steps = 0; steps < 10; steps++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(at, { redirect: "manual", headers: { cookie, "x-account": account } });
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      jar.set(name, value);
    }
    const next = answer.headers.get("location");
    if (!next) return `${answer.status} ${await answer.text()}`;
    at = new URL(next, at).href;
    if (new URL(at).pathname === "/signed-in") return at;
  }
  return "too many steps";
}

server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = new Provider(issuer, {
    clients: [
      { client_id: "cubby", ...native },
      { client_id: "other", ...native },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ["of no worth"] },
  });
  provider.on("grant.success", ({ body }) => (last = body));
  console.log(server.address().port);
});
// Whoever started it is gone: so is it.
process.stdin.on("end", () => process.exit(0)).resume();
