// The page of the service: every number comes from it, none is computed from another
// but shares of a distribution that it sent.
const byId = (id) => document.getElementById(id);
const SHOWN = [["MIN", "min"], ["PTS", "pts"], ["REB", "reb"], ["AST", "ast"],
  ["3PM", "fg3m"], ["STL", "stl"], ["BLK", "blk"], ["TOV", "tov"]];
const percent = (share) => `${(100 * share).toFixed(1)}%`;
const NAMES = { min: "minutes", pts: "points", reb: "rebounds", ast: "assists",
  fg3m: "threes made", fgm: "field goals made", fga: "field goals tried",
  fg3a: "threes tried", ftm: "free throws made", fta: "free throws tried",
  oreb: "offensive rebounds", dreb: "defensive rebounds", stl: "steals", blk: "blocks",
  tov: "turnovers", pf: "fouls" };
const EXAMPLE = "bet,team,player,stat,side,line,odds\n";
let chosen = "";
let shown = null;
let asked = 0;
let days = [];
let month = "";

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// A file that was saved for reading without a service holds what it would answer.
const kept = byId("kept") ? JSON.parse(byId("kept").textContent) : null;

async function ask(path, body) {
  if (kept) {
    const found = kept[path.split("?")[0]];
    if (found === undefined) throw new Error("This file does not hold that.");
    return found;
  }
  return (await put(path, body === undefined ? undefined : JSON.stringify(body), "application/json")).json();
}

async function put(path, body, kind) {
  const options = body === undefined ? {} : { method: "POST", headers: { "content-type": kind }, body };
  const answer = await fetch(path, options).catch(() => {
    throw new Error("The service does not answer. Is it running?");
  });
  if (answer.ok) return answer;
  const found = await answer.json();
  throw new Error(`${found.error}. ${found.remedy || ""}`);
}

// Only a day that was chosen is asked for: the newest changes from night to night.
const onDay = () => (chosen ? `?date=${chosen}` : "");
const tell = (text) => { byId("status").textContent = text; };

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    tell(error.message);
  }
}

// A distribution as bars, with a line that can be dragged, typed or moved by keys.
function distribution(mass, { line, name, asks, over, under, colors = "", mark = String, past = [] }) {
  const last = mass.from + mass.prob.length - 1;
  const most = Math.max(...mass.prob);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const width = mass.prob.length;
  svg.setAttribute("viewBox", `0 0 ${width} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", colors);
  const bars = mass.prob.map((prob, at) => {
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const height = (96 * prob) / most;
    for (const [key, value] of Object.entries({
      x: at + 0.05, width: 0.9, y: 100 - height, height,
    })) bar.setAttribute(key, value);
    svg.append(bar);
    return bar;
  });
  const range = element("input", {
    type: "range", min: mass.from - 0.5, max: last + 0.5, step: 0.5, value: line,
    "aria-label": `line on ${name}`,
  });
  const typed = element("input", {
    type: "number", step: 0.5, value: line, "aria-label": `line on ${name}, typed`,
  });
  const told = element("p", { class: `prices ${colors}`, role: "status" });
  function show(value) {
    let above = 0;
    let below = 0;
    mass.prob.forEach((prob, at) => {
      const point = mass.from + at;
      if (point > value) above += prob;
      if (point < value) below += prob;
      bars[at].setAttribute("class", point > value ? "over" : "under");
    });
    const all = mass.prob.reduce((sum, prob) => sum + prob, 0);
    const odds = (share) => (share > 0 ? ((above + below) / share).toFixed(2) : "–");
    told.replaceChildren(
      element("span", { class: "over" }, `${over(value)} ${percent(above / all)} (fair odds ${odds(above)})`),
      element("span", { class: "under" }, `${under(value)} ${percent(below / all)} (fair odds ${odds(below)})`),
    );
    if (past.length) {
      const times = past.filter((each) => each > value).length;
      told.append(element("span", { class: "soft" }, `over in ${times} of his last ${past.length} games`));
    }
    range.value = value;
    if (document.activeElement !== typed) typed.value = value;
  }
  const drag = (event) => {
    if (event.buttons !== 1) return;
    const box = svg.getBoundingClientRect();
    const place = mass.from - 0.5 + (width * (event.clientX - box.left)) / box.width;
    show(Math.round(2 * place) / 2);
  };
  svg.addEventListener("pointerdown", drag);
  svg.addEventListener("pointermove", drag);
  range.addEventListener("input", () => show(Number(range.value)));
  typed.addEventListener("input", () => typed.value !== "" && show(Number(typed.value)));
  show(line);
  return element("div", {}, svg, marks(mass, mark, colors ? 5 : 9), range,
    element("p", {}, element("label", {}, `${asks} `, typed)), told,
    element("p", { class: "soft" }, spread(mass, mark)));
}

// Values beneath the bars, and not too many of them.
function marks(mass, mark, most) {
  const width = mass.prob.length;
  const step = [1, 2, 5, 10, 20, 25, 50, 100].find((each) => width / each <= most) || 200;
  const beneath = element("div", { class: "marks", "aria-hidden": "true" });
  for (let at = Math.ceil(mass.from / step) * step; at < mass.from + width; at += step) {
    const share = (at - mass.from + 0.5) / width;
    if (share < 0.06 || share > 0.94) continue;
    const value = element("span", {}, mark(at));
    value.style.left = percent(share);
    beneath.append(value);
  }
  return beneath;
}

function spread(mass, mark) {
  const all = mass.prob.reduce((sum, prob) => sum + prob, 0);
  const reached = (share) => {
    let sum = 0;
    const at = mass.prob.findIndex((prob) => (sum += prob) >= share * all);
    return mark(mass.from + at);
  };
  return `In the middle ${reached(0.5)}; 80 of 100 games lie between ${reached(0.1)} and ${reached(0.9)}.`;
}

const signed = (value) => (value > 0 ? `+${value}` : `${value}`);

function showGames(games) {
  byId("games").replaceChildren(...games.map((game) => {
    const when = new Date(game.tipoff_at).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
    return element("button", { "data-game": game.game_id, onclick: () => {
      if (shown?.game_id !== game.game_id) guarded(() => open(game.game_id));
    } },
      element("strong", {}, element("span", { class: "away" }, game.away_team), " at ",
        element("span", { class: "home" }, game.home_team)),
      ` ${when}${game.is_neutral_site ? ", neutral site" : ""}`,
      element("span", { class: "bar", "aria-hidden": "true" },
        ...[["a", 1 - game.home_win_prob], ["h", game.home_win_prob]].map(([side, share]) => {
          const part = element("span", { class: side });
          part.style.width = percent(share);
          return part;
        })),
      element("span", {}, `${game.home_team} wins ${percent(game.home_win_prob)}, `
        + `${game.away_pts_mean.toFixed(0)} – ${game.home_pts_mean.toFixed(0)}`));
  }));
}

async function open(gameId) {
  const mine = ++asked;
  const game = await ask(`games/${gameId}${onDay()}`);
  if (mine !== asked) return;
  shown = game;
  for (const button of byId("games").children) {
    button.setAttribute("aria-current", button.dataset.game === gameId);
  }
  byId("title").textContent = `${game.away_team} at ${game.home_team}: `
    + `${game.home_team} wins ${percent(game.home_win_prob)}`;
  byId("notes").textContent = game.notes.join(" ");
  byId("notes").hidden = game.notes.length === 0;
  const half = (value) => Math.round(value) - 0.5;
  showScores(game, half(game.margin_mean), half(game.total_mean));
  showLineups();
  showBoxes();
  mark();
  byId("moved").textContent = "";
  byId("player").hidden = true;
  byId("game").hidden = false;
}

// Both distributions of a game, as forecast or as supposed; lines stay where they are.
function showScores(scores, margin, total) {
  const { home_team: home, away_team: away } = shown;
  const typed = (name) => Number(byId(name).querySelector("input[type=number]").value);
  const byHowMuch = (value) => (value === 0 ? "0" : value > 0 ? `${home} by ${value}` : `${away} by ${-value}`);
  byId("margin").replaceChildren(distribution(scores.margin, {
    line: margin ?? typed("margin"), name: "the margin", asks: `Lead of ${home} at the end above`,
    over: (line) => `${home} ${signed(-line)}`, under: (line) => `${away} ${signed(line)}`,
    colors: "sides", mark: byHowMuch,
  }));
  byId("total").replaceChildren(distribution(scores.total, {
    line: total ?? typed("total"), name: "the total", asks: "Points of both above",
    over: (line) => `over ${line}`, under: (line) => `under ${line}`,
  }));
}

// Who may play for a team, whom it is expected to play most first.
const likely = (team) => shown.players.filter((player) => player.team === team && player.play_prob >= 0.15);

// What can be supposed of both lineups: a longer bench, a change of starters, foul trouble.
function showLineups() {
  byId("lineups").replaceChildren(...[[shown.away_team, "away"], [shown.home_team, "home"]].map(([team, side]) => {
    const names = likely(team).map((player) => player.player_name);
    const choice = (kind, none) => element("select", { "data-lineup": kind, "data-team": team,
      "aria-label": `${team}: ${none}`, onchange: mark },
      element("option", { value: "" }, none), ...names.map((name) => element("option", { value: name }, name)));
    return element("fieldset", {}, element("legend", { class: side }, team),
      element("p", {}, element("label", {}, "The bench plays ", element("input", {
        type: "number", step: 1, min: -60, max: 90, placeholder: 0, "data-lineup": "bench",
        "data-team": team, oninput: mark }), " minutes more (all of it together)")),
      element("p", {}, choice("starts", "who starts"), " starts in place of ", choice("place", "whom")),
      element("p", {}, choice("fouls", "nobody"), " is in foul trouble"));
  }));
}

function showBoxes(moved = null) {
  const sides = [[shown.away_team, "away"], [shown.home_team, "home"]];
  byId("boxes").replaceChildren(...sides.map(([team, side]) => {
    const rows = shown.players.filter((player) => player.team === team);
    return element("section", {}, element("h3", { class: side }, team),
      element("p", { class: "soft" }, moved
        ? "Means over all games, and beneath what moves."
        : "Means of games in which he plays, how they spread, and the range in which 80 of 100 lie."),
      element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `box score of ${team}` },
        element("table", {},
          element("thead", {}, element("tr", {}, ...["player", "set min", ...SHOWN.map(([label]) => label)]
            .map((label) => element("th", { scope: "col", class: label === "set min" ? "asks" : "" }, label)))),
          element("tbody", {}, ...likely(team).map((player) => row(player, moved))),
          element("tfoot", {}, element("tr", {}, element("th", { scope: "row" }, "team, all games"), element("td", { class: "asks" }),
            ...SHOWN.map(([, stat]) => element("td", {}, rows
              .reduce((sum, player) => sum + now(player, stat, moved), 0).toFixed(1))))))));
  }));
}

// What is expected of a player over all games, moved by what is supposed.
function now(player, stat, moved) {
  const found = moved?.get(`${player.player_id} ${stat}`);
  return found === undefined ? player[`${stat}_mean_all`] : found.after;
}

function row(player, moved) {
  const tick = element("input", {
    type: "checkbox", class: "asks", checked: true, "data-out": player.player_name,
    "aria-label": `${player.player_name} may play`, onchange: mark,
  });
  const minutes = element("input", {
    type: "number", min: 1, max: 48, "data-minutes": player.player_name,
    "aria-label": `minutes of ${player.player_name}`, oninput: mark,
  });
  return element("tr", { "data-player": player.player_id },
    element("th", { scope: "row" }, tick,
      element("button", { onclick: () => guarded(() => openPlayer(player.player_id)) }, player.player_name),
      element("small", {}, `plays ${percent(player.play_prob)}`)),
    element("td", { class: "asks" }, minutes),
    ...SHOWN.map(([, stat]) => {
      const change = moved?.get(`${player.player_id} ${stat}`)?.change;
      const below = change === undefined
        ? `${Math.round(player[`${stat}_p10`])}–${Math.round(player[`${stat}_p90`])}`
        : Math.abs(change) < 0.05 ? "" : `${change > 0 ? "+" : "−"}${Math.abs(change).toFixed(1)}`;
      const value = moved ? now(player, stat, moved) : player[`${stat}_mean`];
      const spread = moved ? null : density(shown.densities[player.player_id]?.[stat], farthest(stat));
      return element("td", {}, value.toFixed(1), spread, element("small", {}, below));
    }));
}

// Where the shapes of a column end: they have one scale, so that they can be compared.
function farthest(stat) {
  return Math.max(...Object.values(shown.densities).map((each) => (each[stat] ? each[stat].from + each[stat].heights.length : 1)));
}

// A distribution in the space of a cell: its shape alone.
function density(shape, width) {
  if (!shape) return null;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${width} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "density");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", `M${shape.from} 100${shape.heights
    .map((height, at) => `V${100 - height}H${shape.from + at + 1}`).join("")}V100Z`);
  svg.append(path);
  return svg;
}

function supposed() {
  const out = [...document.querySelectorAll("[data-out]")].filter((box) => !box.checked).map((box) => box.dataset.out);
  const minutes = Object.fromEntries([...document.querySelectorAll("[data-minutes]")]
    .filter((input) => input.value !== "" && !out.includes(input.dataset.minutes))
    .map((input) => [input.dataset.minutes, Number(input.value)]));
  const starts = {};
  const bench = {};
  const fouls = [];
  for (const set of document.querySelectorAll("#lineups fieldset")) {
    const [more, who, place, trouble] = ["bench", "starts", "place", "fouls"]
      .map((kind) => set.querySelector(`[data-lineup=${kind}]`));
    if (Number(more.value)) bench[more.dataset.team] = Number(more.value);
    if (who.value && place.value) starts[who.value] = place.value;
    if (trouble.value) fouls.push(trouble.value);
  }
  return { out, minutes, starts, bench, foul_trouble: fouls };
}

function mark() {
  const nothing = Object.values(supposed()).every((each) => Object.keys(each).length === 0);
  byId("apply").disabled = nothing;
  byId("reset").disabled = nothing;
  for (const box of document.querySelectorAll("[data-out]")) {
    box.closest("tr").classList.toggle("out", !box.checked);
  }
}

// Of few draws first, which come at once, then of as many as everything else is read from.
async function apply() {
  const mine = ++asked;
  const before = supposed();
  const isMeant = () => mine === asked && JSON.stringify(supposed()) === JSON.stringify(before);
  byId("moved").textContent = "drawing …";
  const body = { game: shown.game_id, ...before };
  if (chosen) body.date = chosen;
  for (const draws of [500, 10000]) {
    const found = await ask("what-if", { ...body, draws }).catch((error) => {
      byId("moved").textContent = "";
      throw error;
    });
    if (mine !== asked) return;
    if (!isMeant()) {
      byId("moved").textContent = "You changed it meanwhile: show again what moves.";
      return;
    }
    showMoved(found, before, draws === 500 ? "Of 500 draws; more are on their way." : "");
  }
}

function showMoved(found, before, remark) {
  const game = Object.fromEntries(found.game.map((each) => [each.what, each]));
  const margin = (value) => `${value < 0 ? shown.away_team : shown.home_team} by ${Math.abs(value).toFixed(1)}`;
  byId("moved").textContent = `${shown.home_team} wins ${percent(game.home_win_prob.after)} `
    + `(${percent(game.home_win_prob.before)} before), margin ${margin(game.margin_mean.after)} `
    + `(${margin(game.margin_mean.before)} before), total ${game.total_mean.after.toFixed(1)} `
    + `(${game.total_mean.before.toFixed(1)} before). `
    + `The pictures above and the box scores below are of this. ${remark}`;
  showScores(found);
  showBoxes(new Map(found.players.map((each) => [`${each.player_id} ${each.stat}`, each])));
  for (const box of document.querySelectorAll("[data-out]")) box.checked = !before.out.includes(box.dataset.out);
  for (const input of document.querySelectorAll("[data-minutes]")) input.value = before.minutes[input.dataset.minutes] ?? "";
  mark();
}

function reset() {
  asked += 1;
  byId("moved").textContent = "";
  showScores(shown);
  showLineups();
  showBoxes();
  mark();
}

// A column of a box score that was played, or a sum of columns.
const PARTS = { pra: ["pts", "reb", "ast"], pr: ["pts", "reb"], pa: ["pts", "ast"],
  ra: ["reb", "ast"], stocks: ["stl", "blk"] };
const total = (game, stat) => (PARTS[stat] || [stat]).reduce((sum, part) => sum + game[part], 0);

function lastGames(games, stat) {
  if (!games.length) return [];
  const shownStats = SHOWN.some(([, name]) => name === stat) ? SHOWN : [[statName(stat), stat], ...SHOWN];
  return [element("h4", {}, "His last games"),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "his last games" },
      element("table", { id: "past" },
        element("thead", {}, element("tr", {}, ...["game", ...shownStats.map(([label]) => label)]
          .map((label) => element("th", { scope: "col" }, label)))),
        element("tbody", {}, ...games.map((game) => element("tr", {},
          element("th", { scope: "row" }, `${game.game_date} ${game.is_home ? "vs" : "at"} ${game.opponent}`),
          ...shownStats.map(([, name]) => element("td", { class: name === stat ? "chosen" : "" }, String(total(game, name)))))))))];
}

const statName = (stat) => (PARTS[stat] || stat.split("+")).map((part) => NAMES[part] || part.replace("_", " ")).join(" + ");

async function openPlayer(playerId) {
  const player = await ask(`players/${playerId}${onDay()}`);
  byId("player-name").textContent = `${player.player_name}, ${player.team}: plays with ${percent(player.play_prob)}; if he plays`;
  const select = byId("stat");
  const before = select.value || "pts";
  select.replaceChildren(...Object.keys(player.given_plays).map((stat) => element("option", { value: stat }, statName(stat))));
  select.value = before;
  const show = () => {
    const mass = player.given_plays[select.value];
    const past = player.last_games.map((game) => total(game, select.value));
    const mean = mass.prob.reduce((sum, prob, at) => sum + prob * (mass.from + at), 0);
    byId("his").replaceChildren(distribution(mass, {
      line: Math.floor(mean) + 0.5, name: select.value, asks: "Above",
      over: (line) => `over ${line}`, under: (line) => `under ${line}`, past,
    }), ...lastGames(player.last_games, select.value));
  };
  select.onchange = show;
  show();
  byId("player").hidden = false;
  byId("player").focus();
}

async function start() {
  tell("loading …");
  const games = await ask(`games${onDay()}`);
  const health = await ask(`health${onDay()}`);
  showGames(games);
  const moment = new Date(health.forecast_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  byId("graded").hidden = kept || !health.is_graded;
  tell(`${games.length} game${games.length === 1 ? "" : "s"} on ${health.date}, forecast with what was known at ${moment} your time`);
  byId("day").value = health.date;
  if (games.length) await open(games[0].game_id);
}

if (kept) document.body.classList.add("kept");

// Days with games that can be forecast; the others of a month are shown without a mark.
async function readDays() {
  days = await ask("days");
  showDay();
}

function showDay() {
  const now = byId("day").value;
  const before = days.findLast((each) => each.date < now);
  const next = days.find((each) => each.date > now);
  for (const [name, day] of [["earlier", before], ["later", next]]) {
    byId(name).disabled = day === undefined;
    byId(name).onclick = () => choose(day.date);
  }
  month = now.slice(0, 7);
  showMonth();
}

function choose(day) {
  chosen = day;
  byId("day").value = day;
  byId("calendar").open = false;
  showDay();
  guarded(start);
}

function moveMonth(by) {
  const moved = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1 + by, 1));
  month = moved.toISOString().slice(0, 7);
  showMonth();
}

function showMonth() {
  if (!/^\d{4}-\d{2}$/.test(month)) return;
  const first = new Date(`${month}-01T00:00Z`);
  const known = new Map(days.map((each) => [each.date, each.n_games]));
  const name = (form) => new Intl.DateTimeFormat([], { timeZone: "UTC", ...form });
  const cells = Array.from({ length: 42 }, (_, at) => new Date(first.getTime() + 864e5 * (at - first.getUTCDay())));
  const cell = (day) => {
    const text = day.toISOString().slice(0, 10);
    if (text.slice(0, 7) !== month) return element("td");
    const games = known.get(text);
    if (!games) return element("td", { class: "soft" }, String(day.getUTCDate()));
    return element("td", {}, element("button", {
      "data-day": text, "aria-current": text === byId("day").value ? "date" : false,
      "aria-label": `${name({ dateStyle: "long" }).format(day)}, ${games} game${games === 1 ? "" : "s"}`,
      onclick: () => choose(text),
    }, String(day.getUTCDate()), element("small", {}, "•".repeat(Math.min(3, Math.ceil(games / 5))))));
  };
  byId("month").replaceChildren(element("p", { class: "buttons" },
    element("button", { "aria-label": "the month before", onclick: () => moveMonth(-1) }, "‹"),
    element("strong", { role: "status" }, name({ month: "long", year: "numeric" }).format(first)),
    element("button", { "aria-label": "the next month", onclick: () => moveMonth(1) }, "›")),
  element("table", {}, element("thead", {}, element("tr", {}, ...cells.slice(0, 7)
    .map((day) => element("th", { scope: "col" }, name({ weekday: "short" }).format(day))))),
  element("tbody", {}, ...[0, 1, 2, 3, 4, 5].map((week) => element("tr", {}, ...cells.slice(7 * week, 7 * week + 7).map(cell))))));
}

async function priceLines() {
  if (!byId("lines").value.trim()) {
    byId("priced-status").textContent = "There are no lines: type some, or choose a file.";
    return;
  }
  byId("priced-status").textContent = "pricing …";
  byId("save").disabled = true;
  byId("priced").hidden = true;
  const day = onDay();
  const found = await put(`lines${day}`, byId("lines").value, "text/csv").catch((error) => {
    byId("priced-status").textContent = error.message;
    return null;
  });
  if (found === null) return;
  const bets = await found.json();
  const failed = bets.filter((bet) => bet.error).length;
  byId("priced-status").textContent = `${bets.length - failed} of ${bets.length} bets are priced.`;
  const cell = (value, form) => (value === null || value === undefined ? "" : form(value));
  const fixed = (digits) => (value) => value.toFixed(digits);
  const american = (value) => (value > 0 ? `+${value}` : `−${-value}`);
  const shares = (value) => `${value > 0 ? "+" : ""}${percent(value)}`;
  const columns = [["probability", "prob", percent], ["± error", "prob_error", percent],
    ["if independent", "independent_prob", percent], ["fair", "fair_odds", fixed(2)],
    ["fair, American", "fair_american", american], ["odds", "odds", fixed(2)],
    ["edge", "edge", shares], ["value of 1 staked", "expected_value", shares],
    ["stake", "stake", percent]];
  byId("priced").replaceChildren(element("table", {},
    element("thead", {}, element("tr", {}, ...["bet", ...columns.map(([label]) => label)]
      .map((label) => element("th", { scope: "col" }, label)))),
    element("tbody", {}, ...bets.map((bet) => element("tr", {},
      element("th", { scope: "row", class: "text" }, bet.legs || bet.bet,
        element("small", {}, [bet.error, bet.warnings].filter(Boolean).join("; "))),
      ...columns.map(([, name, form]) => element("td", {}, cell(bet[name], form))))))));
  byId("priced").hidden = false;
  byId("save").disabled = false;
}

async function saveLines() {
  const day = onDay();
  const found = await put(`lines${day ? `${day}&` : "?"}form=csv`, byId("lines").value, "text/csv");
  const link = element("a", { download: "priced.csv", href: URL.createObjectURL(await found.blob()) });
  link.click();
  URL.revokeObjectURL(link.href);
}

// Lines on the shown game, for whoever wants to see what a sheet looks like.
function exampleLines() {
  const star = [...shown.players].sort((one, other) => other.pts_mean_all - one.pts_mean_all)[0];
  const line = Math.floor(star.pts_mean) + 0.5;
  return `${EXAMPLE},${shown.home_team},,moneyline,,,-110\n`
    + `,,${star.player_name},pts,over,${line},-110\n`
    + `both,${star.team},,moneyline,,,+200\nboth,,${star.player_name},pts,over,${line},\n`;
}

byId("day").addEventListener("change", () => {
  if (byId("day").value) choose(byId("day").value);
});
byId("apply").addEventListener("click", () => guarded(apply));
byId("reset").addEventListener("click", reset);
byId("price").addEventListener("click", () => guarded(priceLines));
byId("save").addEventListener("click", () => guarded(saveLines));
byId("file").addEventListener("change", () => guarded(async () => {
  byId("lines").value = await byId("file").files[0].text();
  await priceLines();
}));
byId("sheet").addEventListener("toggle", () => {
  if (byId("sheet").open && !byId("lines").value && shown) byId("lines").value = exampleLines();
});
guarded(async () => {
  await start();
  if (!kept) await readDays();
});
