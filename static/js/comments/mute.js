/* Mute a person for oneself: their comments are folded away in this browser, and it knows nobody but itself. A person is
   known by the mark on their comments, which stays when they sign with another name. */
const KEY = "comment-muted-persons";
let muted = new Set();
try {
  muted = new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
} catch {
  // storage is not allowed here: muting lasts as long as the page
}

function toggle(person) {
  if (!muted.delete(person)) muted.add(person);
  try {
    localStorage.setItem(KEY, JSON.stringify([...muted]));
  } catch {
    // see above
  }
  show();
}

function show() {
  for (const remark of document.querySelectorAll("[data-person]")) {
    const isMuted = muted.has(remark.dataset.person);
    remark.querySelector(".remark__body").hidden = isMuted;
    remark.querySelector("[data-mute]").firstChild.textContent = isMuted ? "Unmute" : "Mute";
  }
}

for (const remark of document.querySelectorAll("[data-person]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.mute = "";
  const label = document.createElement("span");
  const whom = document.createElement("span");
  whom.className = "vh";
  whom.textContent = ` ${remark.querySelector(".remark__who").textContent}`;
  button.append(label, whom);
  button.addEventListener("click", () => toggle(remark.dataset.person));
  remark.querySelector(".remark__acts").append(button);
}
show();
