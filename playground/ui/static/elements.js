// The parts of the page that talk to the REST API by themselves.
import "./account.js";
import "./held.js";
import "./line.js";
import "./live.js";
import "./owner.js";
import "./queue.js";
import "./race.js";
import "./rooms.js";
import "./told.js";
import "./vote.js";
