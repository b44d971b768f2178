/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-call, typescript/no-unsafe-member-access -- a browser reads this file as it is: it has no types */
// Searches the pages' sections in the browser. The index is in search-index.js, so
// that this works from file:// where nothing may be fetched.
(() => {
  const maxResults = 30;
  const excerptCharacters = 160;
  const box = document.getElementById("search");
  const results = document.getElementById("results");
  const main = document.querySelector("main");
  const sections = globalThis.shortlineDocs ?? [];

  const score = (section, words) => {
    let total = 0;
    for (const word of words) {
      const inHeading = section.heading.toLowerCase().includes(word);
      const inText = section.text.toLowerCase().includes(word);
      if (!inHeading && !inText) return 0;
      total += (inHeading ? 10 : 0) + (inText ? 1 : 0);
    }
    return total;
  };

  const excerpt = (text, word) => {
    const start = Math.max(0, text.toLowerCase().indexOf(word) - excerptCharacters / 2);
    return `${start > 0 ? "… " : ""}${text.slice(start, start + excerptCharacters)} …`;
  };

  const show = () => {
    const words = box.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    main.hidden = words.length > 0;
    results.replaceChildren();
    if (words.length === 0) return;
    const found = sections
      .map((section) => ({ section, points: score(section, words) }))
      .filter(({ points }) => points > 0)
      .sort((left, right) => right.points - left.points)
      .slice(0, maxResults);
    for (const { section } of found) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = section.anchor === "" ? section.page : `${section.page}#${section.anchor}`;
      link.textContent =
        section.title === section.heading ? section.title : `${section.title}: ${section.heading}`;
      link.addEventListener("click", () => {
        box.value = "";
        show();
      });
      const text = document.createElement("small");
      text.textContent = excerpt(section.text, words[0]);
      item.append(link, text);
      results.append(item);
    }
    if (found.length === 0) results.textContent = "Nothing found.";
  };

  box.addEventListener("input", show);
})();
