// The kiosk's screens, each by the way a person gets there. The journeys judge them, screens.mjs pictures them.
const code = "40718253";
const many = "55512345";

export async function type(page, digits) {
  for (const digit of digits) await page.getByRole("button", { name: digit, exact: true }).click();
}

/** A reader or scanner: a burst of keys with an Enter. */
export async function wedge(page, text) {
  await page.evaluate((text) => {
    for (const key of [...text, "Enter"]) window.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }, text);
}

const world = (page, run, arg) => page.evaluate(`(${run})(window.fake, ${JSON.stringify(arg ?? null)})`);
const title = (page, text) => page.getByRole("heading", { level: 1, name: text }).waitFor();
const press = (page, name) => page.getByRole("button", { name }).first().click();
const deposit = async (page) => {
  await wedge(page, "STAFF4711");
  await title(page, /PIN/);
  await type(page, "204917");
  await press(page, /Go on|Continuar/);
  await title(page, /deposit|deposit/i);
};

/** In English or Spanish: by what is shown, so that both can be walked. */
export const stages = {
  welcome: (page) => title(page, /Pick up|Recoja/),
  typing: (page) => type(page, code.slice(0, 3)),
  refused: async (page) => {
    await type(page, "99999999");
    await page.getByRole("alert").waitFor();
  },
  locked: async (page) => {
    await world(page, (fake) => fake.set({ lockedSeconds: 30 }));
    await page.getByText(/Too many tries|Demasiados intentos/).waitFor();
  },
  lostCode: (page) => press(page, /lost my code|perdido mi código/),
  help: async (page) => {
    await press(page, /Call for help|Pedir ayuda/);
    await title(page, /has been called|Hemos pedido/);
  },
  outOfService: async (page) => {
    await world(page, (fake) => fake.set({ outOfService: true }));
    await title(page, /Out of service|Fuera de servicio/);
  },
  closeDoor: async (page) => {
    await type(page, code);
    await title(page, /is open|está abierta/);
    await world(page, (fake) => fake.set({ visit: null }));
    await title(page, /Please close|cierre/);
  },
  opening: async (page) => {
    await world(page, (fake) => fake.next("slow"));
    await type(page, code);
    await title(page, /Opening|Abriendo/);
  },
  open: async (page) => {
    await type(page, code);
    await title(page, /is open|está abierta/);
  },
  ajar: async (page) => {
    await stages.open(page);
    await world(page, (fake) => fake.ajar(16));
    await page.getByText(/Please push door|Por favor, cierre la puerta/).waitFor();
  },
  stillOpen: async (page) => {
    await stages.open(page);
    await world(page, (fake) => fake.ajar(64));
    await title(page, /still open|sigue abierta/);
  },
  several: async (page) => {
    await type(page, many);
    await title(page, /is open|está abierta/);
    await world(page, (fake) => fake.shut("A08"));
    await title(page, /B03/);
  },
  notOpened: async (page) => {
    await world(page, (fake) => fake.next("jams"));
    await type(page, code);
    await title(page, /didn't open|no se abrió/);
  },
  look: async (page) => {
    await world(page, (fake) => fake.next("silent"));
    await type(page, code);
    await title(page, /look|Mire/);
  },
  reported: async (page) => {
    await stages.open(page);
    await press(page, /isn't mine|No es mío/);
    await title(page, /noted|anotado/);
  },
  thanks: async (page) => {
    await stages.open(page);
    await world(page, (fake) => fake.shut("A11"));
    await title(page, /Thank you|Gracias/);
  },
  thanksMany: async (page) => {
    await stages.several(page);
    await world(page, (fake) => (fake.shut("B03"), fake.shut("C02")));
    await title(page, /Thank you|Gracias/);
  },
  nothing: async (page) => {
    await wedge(page, "NOTHING-04A2B96C");
    await title(page, /Nothing here|Ahora no hay nada/);
  },
  counter: async (page) => {
    await wedge(page, "COUNTER-04A2B96C");
    await title(page, /at the counter|en el mostrador/);
  },
  lostSent: async (page) => {
    await stages.lostCode(page);
    await type(page, "5550100");
    await press(page, /Send me a new code|Enviarme un código/);
    await title(page, /on its way|está en camino/);
  },
  second: async (page) => {
    await wedge(page, "HIGHVALUE1");
    await title(page, /type your code, too|también su código/);
  },
  own: async (page) => {
    await stages.nothing(page);
    await press(page, /Away, helpers|Ausencia, ayuda/);
    await title(page, /What would you like|Qué quiere hacer/);
  },
  ownDelegates: async (page) => {
    await stages.own(page);
    await press(page, /Someone else fetches|Otra persona recoge/);
    await title(page, /Someone else|Otra persona/);
  },
  awaiting: async (page) => {
    await stages.ownDelegates(page);
    await press(page, /One week|Una semana/);
    await title(page, /other person taps|otra persona acerca/);
  },
  ownAway: async (page) => {
    await stages.own(page);
    await press(page, /I am away|Estoy ausente/);
    await title(page, /I am away|Estoy ausente/);
  },
  ownLost: async (page) => {
    await stages.own(page);
    await press(page, /badge is lost|perdido mi tarjeta/);
    await title(page, /badge is lost|perdido mi tarjeta/);
  },
  leaving: async (page) => {
    await stages.open(page);
    await page.clock.runFor(23_000);
    await page.getByRole("alertdialog").waitFor();
  },
  pin: async (page) => {
    await wedge(page, "STAFF4711");
    await title(page, /PIN/);
    await type(page, "204");
  },
  pinWrong: async (page) => {
    await wedge(page, "STAFF4711");
    await type(page, "999333");
    await press(page, /Go on|Continuar/);
    await page.getByRole("alert").waitFor();
  },
  noPin: async (page) => {
    await wedge(page, "STAFF-NOPIN");
    await title(page, /no PIN yet|no tiene PIN/);
  },
  everythingWhy: async (page) => {
    await deposit(page);
    await press(page, /Open every door|Abrir todas/);
    await title(page, /Why every door|todas las puertas/);
  },
  everythingSecond: async (page) => {
    await stages.everythingWhy(page);
    await press(page, /Evacuation|Evacuación/);
    await title(page, /colleague|compañero/);
  },
  everythingPin: async (page) => {
    await stages.everythingSecond(page);
    await wedge(page, "STAFF4712");
    await title(page, /PIN/);
  },
  everything: async (page) => {
    await stages.everythingPin(page);
    await type(page, "204917");
    await press(page, /Go on|Continuar/);
    await title(page, /0 (of|de)/);
  },
  staffList: deposit,
  proposal: async (page) => {
    await deposit(page);
    await press(page, /Priya Nair/);
    await title(page, /A09/);
  },
  shelf: async (page) => {
    await deposit(page);
    await press(page, /Papadopoulos/);
    await title(page, /shelf|estante/);
  },
  depositOpen: async (page) => {
    await stages.proposal(page);
    await press(page, /Open door|Abrir la puerta/);
    await title(page, /is open|está abierta/);
  },
  depositStuck: async (page) => {
    await stages.proposal(page);
    await world(page, (fake) => fake.next("jams"));
    await press(page, /Open door|Abrir la puerta/);
    await title(page, /didn't open|no se abrió/);
  },
  stored: async (page) => {
    await stages.depositOpen(page);
    await world(page, (fake) => fake.shut("A09"));
    await page.getByText(/Stored:|Guardado:/).waitFor();
  },
};

export const sizes = {
  portrait: { width: 1080, height: 1920 },
  landscape: { width: 1280, height: 800 },
  /** Beside the mailroom's window, and about a tablet's shape. */
  window: { width: 720, height: 1080 },
};

/** How a person would have it: language, theme, reach, text size, by the buttons they would press. */
export async function suit(page, { language = "en", theme = "light", reach = false, text = 0 }) {
  if (language === "es") await press(page, /Language: Español/);
  const presses = { light: 0, dark: 1, contrast: 2 }[theme];
  for (let n = 0; n < presses; n++) await press(page, /high contrast|alto contraste/);
  for (let n = 0; n < text; n++) await press(page, /Text size|Tamaño/);
  if (reach) await press(page, /within reach|alcance/);
}
