/* Runs before the page is drawn: says that scripts work, so that what only scripts can use may show. */
document.documentElement.classList.add("js");
