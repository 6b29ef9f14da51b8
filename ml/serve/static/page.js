// The page of the service: every number comes from it, none is computed from another
// but shares of a distribution that it sent.
const byId = (id) => document.getElementById(id);
const SHOWN = [["MIN", "min"], ["PTS", "pts"], ["REB", "reb"], ["AST", "ast"],
  ["3PM", "fg3m"], ["STL", "stl"], ["BLK", "blk"], ["TOV", "tov"]];
const percent = (share) => `${(100 * share).toFixed(1)}%`;
let chosen = "";
let shown = null;
let asked = 0;

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

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const found = await answer.json();
  if (!answer.ok) throw new Error(`${found.error}. ${found.remedy || ""}`);
  return found;
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
function distribution(mass, { line, name, over, under }) {
  const last = mass.from + mass.prob.length - 1;
  const most = Math.max(...mass.prob);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const width = mass.prob.length;
  svg.setAttribute("viewBox", `0 0 ${width} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
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
  const told = element("p", { class: "prices", role: "status" });
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
      element("span", { class: "home" }, `${over(value)} ${percent(above / all)} (fair ${odds(above)})`),
      element("span", { class: "away" }, `${under(value)} ${percent(below / all)} (fair ${odds(below)})`),
    );
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
  return element("div", {}, svg, range, element("p", {}, element("label", {}, "line ", typed)), told);
}

const signed = (value) => (value > 0 ? `+${value}` : `${value}`);

function showGames(games) {
  byId("games").replaceChildren(...games.map((game) => {
    const when = new Date(game.tipoff_at).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
    return element("button", { "data-game": game.game_id, onclick: () => guarded(() => open(game.game_id)) },
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
  const game = await ask(`games/${gameId}${onDay()}`);
  shown = game;
  for (const button of byId("games").children) {
    button.setAttribute("aria-current", button.dataset.game === gameId);
  }
  byId("title").textContent = `${game.away_team} at ${game.home_team}: `
    + `${game.home_team} wins ${percent(game.home_win_prob)}`;
  byId("notes").textContent = game.notes.join(" ");
  byId("notes").hidden = game.notes.length === 0;
  const half = (value) => Math.round(value) + 0.5;
  byId("margin").replaceChildren(distribution(game.margin, {
    line: half(game.margin_mean) - 1, name: "the margin",
    over: (line) => `${game.home_team} ${signed(-line)}`,
    under: (line) => `${game.away_team} ${signed(line)}`,
  }));
  byId("total").replaceChildren(distribution(game.total, {
    line: half(game.total_mean) - 1, name: "the total",
    over: (line) => `over ${line}`, under: (line) => `under ${line}`,
  }));
  showBoxes();
  byId("moved").textContent = "";
  byId("player").hidden = true;
  byId("game").hidden = false;
}

function showBoxes(moved = null) {
  const sides = [[shown.away_team, "away"], [shown.home_team, "home"]];
  byId("boxes").replaceChildren(...sides.map(([team, side]) => {
    const rows = shown.players.filter((player) => player.team === team);
    const likely = rows.filter((player) => player.play_prob >= 0.15);
    return element("section", { class: "box" }, element("table", {},
      element("caption", { class: side }, moved
        ? `${team}, over all draws; below, what moves`
        : `${team}, if he plays; below, the range of 80 of 100 games`),
      element("thead", {}, element("tr", {}, ...["in", "player", "plays", ...SHOWN.map(([label]) => label), "set minutes"]
        .map((label) => element("th", { scope: "col" }, label)))),
      element("tbody", {}, ...likely.map((player) => row(player, moved))),
      element("tfoot", {}, element("tr", {}, element("td"), element("td", {}, "team"), element("td"),
        ...SHOWN.map(([, stat]) => element("td", {}, rows
          .reduce((sum, player) => sum + now(player, stat, moved), 0).toFixed(1))), element("td")))));
  }));
}

// What is expected of a player over all games, moved by what is supposed.
function now(player, stat, moved) {
  const found = moved?.get(`${player.player_id} ${stat}`);
  return found === undefined ? player[`${stat}_mean_all`] : found.after;
}

function row(player, moved) {
  const tick = element("input", {
    type: "checkbox", checked: true, "data-out": player.player_name,
    "aria-label": `${player.player_name} may play`, onchange: mark,
  });
  const minutes = element("input", {
    type: "number", min: 1, max: 48, "data-minutes": player.player_name,
    "aria-label": `minutes of ${player.player_name}`, oninput: mark,
  });
  return element("tr", { "data-player": player.player_id }, element("td", {}, tick),
    element("td", {}, element("button", { onclick: () => guarded(() => openPlayer(player.player_id)) }, player.player_name)),
    element("td", {}, percent(player.play_prob)),
    ...SHOWN.map(([, stat]) => {
      const change = moved?.get(`${player.player_id} ${stat}`)?.change;
      const below = change === undefined
        ? `${Math.round(player[`${stat}_p10`])}–${Math.round(player[`${stat}_p90`])}`
        : `${change >= 0 ? "+" : "−"}${Math.abs(change).toFixed(1)}`;
      const value = moved ? now(player, stat, moved) : player[`${stat}_mean`];
      return element("td", {}, value.toFixed(1), element("small", {}, below));
    }), element("td", {}, minutes));
}

function supposed() {
  const out = [...document.querySelectorAll("[data-out]")].filter((box) => !box.checked).map((box) => box.dataset.out);
  const minutes = Object.fromEntries([...document.querySelectorAll("[data-minutes]")]
    .filter((input) => input.value !== "" && !out.includes(input.dataset.minutes))
    .map((input) => [input.dataset.minutes, Number(input.value)]));
  return { out, minutes };
}

function mark() {
  const { out, minutes } = supposed();
  const nothing = out.length === 0 && Object.keys(minutes).length === 0;
  byId("apply").disabled = nothing;
  byId("reset").disabled = nothing;
  for (const box of document.querySelectorAll("[data-out]")) {
    box.closest("tr").classList.toggle("out", !box.checked);
  }
}

async function apply() {
  const mine = ++asked;
  const before = supposed();
  byId("moved").textContent = "drawing …";
  const body = { game: shown.game_id, ...before };
  if (chosen) body.date = chosen;
  const found = await ask("what-if", body).catch((error) => {
    byId("moved").textContent = "";
    throw error;
  });
  if (mine !== asked) return;
  const game = Object.fromEntries(found.game.map((each) => [each.what, each]));
  byId("moved").textContent = `${shown.home_team} wins ${percent(game.home_win_prob.after)} `
    + `(${percent(game.home_win_prob.before)} before), margin ${signed(Number(game.margin_mean.after.toFixed(1)))} `
    + `(${signed(Number(game.margin_mean.before.toFixed(1)))}), total ${game.total_mean.after.toFixed(1)} `
    + `(${game.total_mean.before.toFixed(1)}). Below, means over all draws and their change.`;
  showBoxes(new Map(found.players.map((each) => [`${each.player_id} ${each.stat}`, each])));
  for (const box of document.querySelectorAll("[data-out]")) box.checked = !before.out.includes(box.dataset.out);
  for (const input of document.querySelectorAll("[data-minutes]")) input.value = before.minutes[input.dataset.minutes] ?? "";
  mark();
}

function reset() {
  asked += 1;
  byId("moved").textContent = "";
  showBoxes();
  mark();
}

async function openPlayer(playerId) {
  const player = await ask(`players/${playerId}${onDay()}`);
  byId("player-name").textContent = `${player.player_name}, ${player.team}: plays with ${percent(player.play_prob)}; if he plays`;
  const select = byId("stat");
  const before = select.value || "pts";
  select.replaceChildren(...Object.keys(player.given_plays).map((stat) => element("option", {}, stat)));
  select.value = before;
  const show = () => {
    const mass = player.given_plays[select.value];
    const mean = mass.prob.reduce((sum, prob, at) => sum + prob * (mass.from + at), 0);
    byId("his").replaceChildren(distribution(mass, {
      line: Math.floor(mean) + 0.5, name: select.value,
      over: (line) => `over ${line}`, under: (line) => `under ${line}`,
    }));
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
  tell(`${games.length} game${games.length === 1 ? "" : "s"} on ${health.date}, forecast with what was known at ${moment} of your clock`);
  byId("day").value = health.date;
  if (games.length) await open(games[0].game_id);
}

byId("day").addEventListener("change", () => {
  chosen = byId("day").value;
  guarded(start);
});
byId("apply").addEventListener("click", () => guarded(apply));
byId("reset").addEventListener("click", reset);
guarded(start);
